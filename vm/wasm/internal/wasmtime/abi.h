// Declarations of the parts of Wasmtime's C API (v44.0.0) that the shim calls.
// The header files of the Go module that ships the library cannot be included
// from another module, so the types are declared here with the layout the API
// documents. All symbols are weak: they are resolved when the final program is
// linked with the static library; hb_linked() checks that they were.
#ifndef HB_WASMTIME_ABI_H
#define HB_WASMTIME_ABI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WEAK __attribute__((weak))

typedef struct wasm_config_t wasm_config_t;
typedef struct wasm_engine_t wasm_engine_t;
typedef struct wasm_functype_t wasm_functype_t;
typedef struct wasm_valtype_t wasm_valtype_t;
typedef struct wasm_trap_t wasm_trap_t;
typedef struct wasmtime_error wasmtime_error_t;
typedef struct wasmtime_module wasmtime_module_t;
typedef struct wasmtime_store wasmtime_store_t;
typedef struct wasmtime_context wasmtime_context_t;
typedef struct wasmtime_caller wasmtime_caller_t;

typedef struct { size_t size; char *data; } wasm_byte_vec_t;
typedef struct { size_t size; wasm_valtype_t **data; } wasm_valtype_vec_t;

typedef struct { uint64_t store_id; void *priv; } wasmtime_func_t;
typedef struct { struct { uint64_t store_id; uint32_t priv1; } a; uint32_t priv2; } wasmtime_memory_t;
typedef struct { uint64_t store_id; uint32_t priv1, priv2, priv3; } wasmtime_global_t;
typedef struct { uint64_t store_id; size_t priv; } wasmtime_instance_t;

enum { EXTERN_FUNC = 0, EXTERN_GLOBAL = 1, EXTERN_TABLE = 2, EXTERN_MEMORY = 3 };
typedef struct {
  uint8_t kind;
  union {
    wasmtime_func_t func;
    wasmtime_global_t global;
    wasmtime_memory_t memory;
    uint64_t space[3];
  } of;
} wasmtime_extern_t;

typedef struct {
  uint8_t kind;
  union { int32_t i32; int64_t i64; uint64_t bits[3]; } of;
} wasmtime_val_t;

typedef struct { uint64_t lo, hi; } wasmtime_val_raw_t;

#define CONFIG(name, type) extern WEAK void wasmtime_config_##name##_set(wasm_config_t *, type)
extern WEAK wasm_config_t *wasm_config_new(void);
CONFIG(consume_fuel, bool);
CONFIG(epoch_interruption, bool);
CONFIG(max_wasm_stack, size_t);
CONFIG(wasm_threads, bool);
CONFIG(wasm_memory64, bool);
CONFIG(wasm_multi_memory, bool);
CONFIG(wasm_tail_call, bool);
CONFIG(wasm_exceptions, bool);
CONFIG(wasm_relaxed_simd_deterministic, bool);
CONFIG(cranelift_nan_canonicalization, bool);

extern WEAK wasm_engine_t *wasm_engine_new_with_config(wasm_config_t *);
extern WEAK void wasm_engine_delete(wasm_engine_t *);
extern WEAK void wasmtime_engine_increment_epoch(wasm_engine_t *);

extern WEAK wasmtime_error_t *wasmtime_module_new(wasm_engine_t *, const uint8_t *, size_t, wasmtime_module_t **);
extern WEAK wasmtime_error_t *wasmtime_module_validate(wasm_engine_t *, const uint8_t *, size_t);
extern WEAK wasmtime_error_t *wasmtime_module_serialize(wasmtime_module_t *, wasm_byte_vec_t *);
extern WEAK wasmtime_error_t *wasmtime_module_deserialize(wasm_engine_t *, const uint8_t *, size_t, wasmtime_module_t **);
extern WEAK void wasmtime_module_delete(wasmtime_module_t *);

extern WEAK wasmtime_store_t *wasmtime_store_new(wasm_engine_t *, void *, void (*)(void *));
extern WEAK wasmtime_context_t *wasmtime_store_context(wasmtime_store_t *);
extern WEAK void wasmtime_store_delete(wasmtime_store_t *);
extern WEAK void wasmtime_store_limiter(wasmtime_store_t *, int64_t, int64_t, int64_t, int64_t, int64_t);
extern WEAK void wasmtime_store_epoch_deadline_callback(
    wasmtime_store_t *, wasmtime_error_t *(*)(wasmtime_context_t *, void *, uint64_t *, uint8_t *), void *,
    void (*)(void *));
extern WEAK void *wasmtime_context_get_data(const wasmtime_context_t *);
extern WEAK wasmtime_error_t *wasmtime_context_set_fuel(wasmtime_context_t *, uint64_t);
extern WEAK wasmtime_error_t *wasmtime_context_get_fuel(const wasmtime_context_t *, uint64_t *);
extern WEAK void wasmtime_context_set_epoch_deadline(wasmtime_context_t *, uint64_t);
extern WEAK bool wasmtime_context_has_exception(wasmtime_context_t *);

extern WEAK void wasm_valtype_vec_new_uninitialized(wasm_valtype_vec_t *, size_t);
extern WEAK wasm_valtype_t *wasm_valtype_new(uint8_t);
extern WEAK wasm_functype_t *wasm_functype_new(wasm_valtype_vec_t *, wasm_valtype_vec_t *);
extern WEAK void wasm_functype_delete(wasm_functype_t *);
extern WEAK void wasmtime_func_new_unchecked(
    wasmtime_context_t *, const wasm_functype_t *,
    wasm_trap_t *(*)(void *, wasmtime_caller_t *, wasmtime_val_raw_t *, size_t), void *, void (*)(void *),
    wasmtime_func_t *);
extern WEAK wasmtime_error_t *wasmtime_func_call_unchecked(wasmtime_context_t *, const wasmtime_func_t *,
                                                           wasmtime_val_raw_t *, size_t, wasm_trap_t **);
extern WEAK wasmtime_context_t *wasmtime_caller_context(wasmtime_caller_t *);
extern WEAK bool wasmtime_caller_export_get(wasmtime_caller_t *, const char *, size_t, wasmtime_extern_t *);

extern WEAK wasmtime_error_t *wasmtime_instance_new(wasmtime_context_t *, const wasmtime_module_t *,
                                                    const wasmtime_extern_t *, size_t, wasmtime_instance_t *,
                                                    wasm_trap_t **);
extern WEAK bool wasmtime_instance_export_get(wasmtime_context_t *, const wasmtime_instance_t *, const char *, size_t,
                                              wasmtime_extern_t *);
extern WEAK uint8_t *wasmtime_memory_data(const wasmtime_context_t *, const wasmtime_memory_t *);
extern WEAK size_t wasmtime_memory_data_size(const wasmtime_context_t *, const wasmtime_memory_t *);
extern WEAK wasmtime_error_t *wasmtime_memory_grow(wasmtime_context_t *, const wasmtime_memory_t *, uint64_t,
                                                   uint64_t *);
extern WEAK void wasmtime_global_get(wasmtime_context_t *, const wasmtime_global_t *, wasmtime_val_t *);
extern WEAK wasmtime_error_t *wasmtime_global_set(wasmtime_context_t *, const wasmtime_global_t *,
                                                  const wasmtime_val_t *);

extern WEAK wasmtime_error_t *wasmtime_error_new(const char *);
extern WEAK void wasmtime_error_message(const wasmtime_error_t *, wasm_byte_vec_t *);
extern WEAK void wasmtime_error_delete(wasmtime_error_t *);
extern WEAK wasm_trap_t *wasmtime_trap_new(const char *, size_t);
extern WEAK bool wasmtime_trap_code(const wasm_trap_t *, uint8_t *);
extern WEAK void wasm_trap_message(const wasm_trap_t *, wasm_byte_vec_t *);
extern WEAK void wasm_trap_delete(wasm_trap_t *);
extern WEAK void wasm_byte_vec_delete(wasm_byte_vec_t *);

#endif
