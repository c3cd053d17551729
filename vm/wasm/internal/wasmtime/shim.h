// The calls that Go makes. One crossing of the language border does all the
// work of an operation.
#ifndef HB_WASMTIME_SHIM_H
#define HB_WASMTIME_SHIM_H

#include "abi.h"

// Values of arguments and results that fit one instance's buffer; nested calls
// share it.
#define HB_SLOTS 2048

enum { HB_OK = 0, HB_TRAP = 1, HB_ERROR = 2 };

// What went wrong. text is owned (free); code is the trap code or -1.
typedef struct {
  int status;
  int code;
  bool interrupted;
  bool exception;
  char *text;
  size_t len;
} hb_failure;

typedef struct {
  wasm_engine_t *engine;
  wasmtime_module_t *module;
  size_t imports;
  wasm_functype_t **types;
} hb_module;

typedef struct {
  uintptr_t handle; // of the Go value that answers imports
  wasmtime_store_t *store;
  wasmtime_context_t *context;
  wasmtime_instance_t instance;
  wasmtime_memory_t memory;
  bool has_memory;
  char *memory_name;
  size_t memory_name_len;
  uint8_t *base; // of memory 0; valid until the guest runs or memory grows
  uint64_t size; // in bytes
  uint64_t fuel; // left after the last outermost call
  uint32_t cancel;
  hb_failure failure;
  wasmtime_val_raw_t slots[HB_SLOTS];
} hb_instance;

const char *hb_linked(void);
wasm_engine_t *hb_engine(uint64_t stack);
int hb_validate(wasm_engine_t *e, const uint8_t *wasm, size_t len, hb_failure *f);
int hb_compile(wasm_engine_t *e, const uint8_t *wasm, size_t len, hb_module **out, hb_failure *f);
int hb_deserialize(wasm_engine_t *e, const uint8_t *code, size_t len, hb_module **out, hb_failure *f);
int hb_serialize(hb_module *m, wasm_byte_vec_t *out, hb_failure *f);
void hb_module_imports(hb_module *m, const uint8_t *sigs, size_t n);
void hb_module_free(hb_module *m);

hb_instance *hb_instance_new(hb_module *m, uintptr_t handle, const char *memory, size_t memory_len,
                             uint64_t memory_bytes, uint64_t table_elements);
int hb_start(hb_instance *in, hb_module *m, uint64_t fuel);
void hb_instance_free(hb_instance *in);
bool hb_func(hb_instance *in, const char *name, size_t len, wasmtime_func_t *out);
int hb_call(hb_instance *in, uint64_t store, uintptr_t priv, uint32_t slot, uint32_t n, bool outer, uint64_t fuel);
void hb_cancel(hb_instance *in, wasm_engine_t *e);
void hb_clear(hb_instance *in);
int hb_grow(hb_instance *in, uint64_t pages);
bool hb_global_get(hb_instance *in, const char *name, size_t len, uint64_t *bits);
bool hb_global_set(hb_instance *in, const char *name, size_t len, uint8_t kind, uint64_t lo, uint64_t hi);

#endif
