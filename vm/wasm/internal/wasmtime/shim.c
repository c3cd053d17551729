//go:build cgo

#include "shim.h"
#include "_cgo_export.h"

#include <stdlib.h>
#include <string.h>

#define NEED(f) if (&f == NULL) return #f

// hb_linked returns the name of a symbol that the library does not have, or
// NULL when all are there.
const char *hb_linked(void) {
  NEED(wasm_config_new);
  NEED(wasmtime_config_consume_fuel_set);
  NEED(wasmtime_config_epoch_interruption_set);
  NEED(wasmtime_config_max_wasm_stack_set);
  NEED(wasmtime_config_wasm_threads_set);
  NEED(wasmtime_config_wasm_memory64_set);
  NEED(wasmtime_config_wasm_multi_memory_set);
  NEED(wasmtime_config_wasm_tail_call_set);
  NEED(wasmtime_config_wasm_exceptions_set);
  NEED(wasmtime_config_wasm_relaxed_simd_deterministic_set);
  NEED(wasmtime_config_cranelift_nan_canonicalization_set);
  NEED(wasm_engine_new_with_config);
  NEED(wasm_engine_delete);
  NEED(wasmtime_engine_increment_epoch);
  NEED(wasmtime_module_new);
  NEED(wasmtime_module_validate);
  NEED(wasmtime_module_serialize);
  NEED(wasmtime_module_deserialize);
  NEED(wasmtime_module_delete);
  NEED(wasmtime_store_new);
  NEED(wasmtime_store_context);
  NEED(wasmtime_store_delete);
  NEED(wasmtime_store_limiter);
  NEED(wasmtime_store_epoch_deadline_callback);
  NEED(wasmtime_context_get_data);
  NEED(wasmtime_context_set_fuel);
  NEED(wasmtime_context_get_fuel);
  NEED(wasmtime_context_set_epoch_deadline);
  NEED(wasmtime_context_has_exception);
  NEED(wasm_valtype_vec_new_uninitialized);
  NEED(wasm_valtype_new);
  NEED(wasm_functype_new);
  NEED(wasm_functype_delete);
  NEED(wasmtime_func_new_unchecked);
  NEED(wasmtime_func_call_unchecked);
  NEED(wasmtime_caller_context);
  NEED(wasmtime_caller_export_get);
  NEED(wasmtime_instance_new);
  NEED(wasmtime_instance_export_get);
  NEED(wasmtime_memory_data);
  NEED(wasmtime_memory_data_size);
  NEED(wasmtime_memory_grow);
  NEED(wasmtime_global_get);
  NEED(wasmtime_global_set);
  NEED(wasmtime_error_new);
  NEED(wasmtime_error_message);
  NEED(wasmtime_error_delete);
  NEED(wasmtime_trap_new);
  NEED(wasmtime_trap_code);
  NEED(wasm_trap_message);
  NEED(wasm_trap_delete);
  NEED(wasm_byte_vec_delete);
  return NULL;
}

static void keep_text(hb_failure *f, wasm_byte_vec_t *v) {
  f->text = malloc(v->size + 1);
  f->len = f->text ? v->size : 0;
  if (f->text) memcpy(f->text, v->data, v->size);
  wasm_byte_vec_delete(v);
}

// failed records an error or a trap, which it consumes, and returns the status.
static int failed(hb_failure *f, wasmtime_error_t *err, wasm_trap_t *trap) {
  wasm_byte_vec_t v;
  f->status = HB_OK;
  f->code = -1;
  f->text = NULL;
  f->len = 0;
  if (err) {
    f->status = HB_ERROR;
    wasmtime_error_message(err, &v);
    wasmtime_error_delete(err);
    keep_text(f, &v);
  } else if (trap) {
    uint8_t code;
    f->status = HB_TRAP;
    if (wasmtime_trap_code(trap, &code)) f->code = code;
    wasm_trap_message(trap, &v);
    wasm_trap_delete(trap);
    keep_text(f, &v);
  }
  return f->status;
}

wasm_engine_t *hb_engine(uint64_t stack) {
  wasm_config_t *c = wasm_config_new();
  wasmtime_config_consume_fuel_set(c, true);
  wasmtime_config_epoch_interruption_set(c, true);
  wasmtime_config_max_wasm_stack_set(c, stack);
  wasmtime_config_wasm_threads_set(c, false);
  wasmtime_config_wasm_memory64_set(c, true);
  wasmtime_config_wasm_multi_memory_set(c, true);
  wasmtime_config_wasm_tail_call_set(c, true);
  wasmtime_config_wasm_exceptions_set(c, true);
  wasmtime_config_wasm_relaxed_simd_deterministic_set(c, true);
  wasmtime_config_cranelift_nan_canonicalization_set(c, true);
  return wasm_engine_new_with_config(c);
}

int hb_validate(wasm_engine_t *e, const uint8_t *wasm, size_t len, hb_failure *f) {
  return failed(f, wasmtime_module_validate(e, wasm, len), NULL);
}

static int wrap(wasm_engine_t *e, wasmtime_error_t *err, wasmtime_module_t *m, hb_module **out, hb_failure *f) {
  if (failed(f, err, NULL)) return f->status;
  *out = calloc(1, sizeof **out);
  (*out)->engine = e;
  (*out)->module = m;
  return HB_OK;
}

int hb_compile(wasm_engine_t *e, const uint8_t *wasm, size_t len, hb_module **out, hb_failure *f) {
  wasmtime_module_t *m = NULL;
  wasmtime_error_t *err = wasmtime_module_new(e, wasm, len, &m);
  return wrap(e, err, m, out, f);
}

int hb_deserialize(wasm_engine_t *e, const uint8_t *code, size_t len, hb_module **out, hb_failure *f) {
  wasmtime_module_t *m = NULL;
  wasmtime_error_t *err = wasmtime_module_deserialize(e, code, len, &m);
  return wrap(e, err, m, out, f);
}

int hb_serialize(hb_module *m, wasm_byte_vec_t *out, hb_failure *f) {
  return failed(f, wasmtime_module_serialize(m->module, out), NULL);
}

static const uint8_t *types(const uint8_t *p, wasm_valtype_vec_t *v) {
  size_t n = p[0] | (size_t)p[1] << 8;
  p += 2;
  wasm_valtype_vec_new_uninitialized(v, n);
  for (size_t i = 0; i < n; i++) v->data[i] = wasm_valtype_new(*p++);
  return p;
}

// hb_module_imports sets the types of the n imported functions. A signature is
// the number of parameters (16 bits, little-endian), their kinds, and the same
// for the results.
void hb_module_imports(hb_module *m, const uint8_t *p, size_t n) {
  m->imports = n;
  m->types = calloc(n + 1, sizeof *m->types);
  for (size_t i = 0; i < n; i++) {
    wasm_valtype_vec_t params, results;
    p = types(p, &params);
    p = types(p, &results);
    m->types[i] = wasm_functype_new(&params, &results);
  }
}

void hb_module_free(hb_module *m) {
  for (size_t i = 0; i < m->imports; i++) wasm_functype_delete(m->types[i]);
  free(m->types);
  wasmtime_module_delete(m->module);
  free(m);
}

static void refresh(hb_instance *in) {
  if (!in->has_memory) return;
  in->base = wasmtime_memory_data(in->context, &in->memory);
  in->size = wasmtime_memory_data_size(in->context, &in->memory);
}

// on_epoch is called when the engine's epoch moved on: some instance is to be
// stopped, perhaps this one.
static wasmtime_error_t *on_epoch(wasmtime_context_t *context, void *data, uint64_t *delta, uint8_t *kind) {
  hb_instance *in = data;
  (void)context;
  if (__atomic_load_n(&in->cancel, __ATOMIC_ACQUIRE)) {
    in->failure.interrupted = true;
    return wasmtime_error_new("interrupted");
  }
  *delta = 1;
  *kind = 0;
  return NULL;
}

static wasm_trap_t *host(void *env, wasmtime_caller_t *caller, wasmtime_val_raw_t *values, size_t n) {
  hb_instance *in = wasmtime_context_get_data(wasmtime_caller_context(caller));
  if (!in->has_memory && in->memory_name) { // the start function runs
    wasmtime_extern_t ext;
    if (wasmtime_caller_export_get(caller, in->memory_name, in->memory_name_len, &ext) &&
        ext.kind == EXTERN_MEMORY) {
      in->memory = ext.of.memory;
      in->has_memory = true;
    }
  }
  refresh(in);
  (void)n;
  if (hbWasmtimeHostCall(in->handle, (uint32_t)(uintptr_t)env, values)) return wasmtime_trap_new("host", 4);
  return NULL;
}

hb_instance *hb_instance_new(hb_module *m, uintptr_t handle, const char *memory, size_t memory_len,
                             uint64_t memory_bytes, uint64_t table_elements) {
  hb_instance *in = calloc(1, sizeof *in);
  in->handle = handle;
  if (memory_len) {
    in->memory_name = malloc(memory_len);
    in->memory_name_len = memory_len;
    memcpy(in->memory_name, memory, memory_len);
  }
  in->store = wasmtime_store_new(m->engine, in, NULL);
  in->context = wasmtime_store_context(in->store);
  wasmtime_store_limiter(in->store, (int64_t)memory_bytes, (int64_t)table_elements, -1, -1, -1);
  wasmtime_store_epoch_deadline_callback(in->store, on_epoch, in, NULL);
  return in;
}

static void begin(hb_instance *in, uint64_t fuel) {
  in->failure.interrupted = false;
  in->failure.exception = false;
  wasmtime_context_set_fuel(in->context, fuel);
  wasmtime_context_set_epoch_deadline(in->context, 1);
}

// end closes an outermost entry into the guest.
static int end(hb_instance *in, wasmtime_error_t *err, wasm_trap_t *trap) {
  wasmtime_context_get_fuel(in->context, &in->fuel);
  if (err || trap) in->failure.exception = wasmtime_context_has_exception(in->context);
  refresh(in);
  return (err || trap) ? failed(&in->failure, err, trap) : HB_OK;
}

// hb_start instantiates the module and runs its start function.
int hb_start(hb_instance *in, hb_module *m, uint64_t fuel) {
  wasmtime_extern_t *imports = calloc(m->imports + 1, sizeof *imports);
  for (size_t i = 0; i < m->imports; i++) {
    imports[i].kind = EXTERN_FUNC;
    wasmtime_func_new_unchecked(in->context, m->types[i], host, (void *)(uintptr_t)i, NULL, &imports[i].of.func);
  }
  wasm_trap_t *trap = NULL;
  begin(in, fuel);
  wasmtime_error_t *err =
      wasmtime_instance_new(in->context, m->module, imports, m->imports, &in->instance, &trap);
  free(imports);
  wasmtime_extern_t ext;
  if (!err && !trap && in->memory_name &&
      wasmtime_instance_export_get(in->context, &in->instance, in->memory_name, in->memory_name_len, &ext) &&
      ext.kind == EXTERN_MEMORY) {
    in->memory = ext.of.memory;
    in->has_memory = true;
  }
  return end(in, err, trap);
}

void hb_instance_free(hb_instance *in) {
  wasmtime_store_delete(in->store);
  free(in->memory_name);
  free(in);
}

bool hb_func(hb_instance *in, const char *name, size_t len, wasmtime_func_t *out) {
  wasmtime_extern_t ext;
  if (!wasmtime_instance_export_get(in->context, &in->instance, name, len, &ext) || ext.kind != EXTERN_FUNC)
    return false;
  *out = ext.of.func;
  return true;
}

// hb_call calls a function with the values at slots[slot...]. An outer call
// gets fuel and may be cancelled; a nested one shares both with its outer call.
int hb_call(hb_instance *in, uint64_t store, uintptr_t priv, uint32_t slot, uint32_t n, bool outer, uint64_t fuel) {
  wasmtime_func_t f = {store, (void *)priv};
  wasm_trap_t *trap = NULL;
  if (outer) begin(in, fuel);
  wasmtime_error_t *err = wasmtime_func_call_unchecked(in->context, &f, in->slots + slot, n, &trap);
  if (outer) return end(in, err, trap);
  refresh(in);
  return (err || trap) ? failed(&in->failure, err, trap) : HB_OK;
}

// hb_cancel stops the running call of in. Safe from any thread while the
// instance exists.
void hb_cancel(hb_instance *in, wasm_engine_t *e) {
  __atomic_store_n(&in->cancel, 1, __ATOMIC_RELEASE);
  wasmtime_engine_increment_epoch(e);
}

void hb_clear(hb_instance *in) { __atomic_store_n(&in->cancel, 0, __ATOMIC_RELEASE); }

int hb_grow(hb_instance *in, uint64_t pages) {
  uint64_t before;
  if (!in->has_memory) return HB_ERROR;
  int status = failed(&in->failure, wasmtime_memory_grow(in->context, &in->memory, pages, &before), NULL);
  refresh(in);
  return status;
}

static bool global(hb_instance *in, const char *name, size_t len, wasmtime_global_t *out) {
  wasmtime_extern_t ext;
  if (!wasmtime_instance_export_get(in->context, &in->instance, name, len, &ext) || ext.kind != EXTERN_GLOBAL)
    return false;
  *out = ext.of.global;
  return true;
}

// hb_global_get stores the bits of a global of number or vector type.
bool hb_global_get(hb_instance *in, const char *name, size_t len, uint64_t *bits) {
  wasmtime_global_t g;
  wasmtime_val_t v;
  if (!global(in, name, len, &g)) return false;
  memset(&v, 0, sizeof v);
  wasmtime_global_get(in->context, &g, &v);
  bits[0] = v.kind == 0 || v.kind == 2 ? (uint32_t)v.of.i32 : v.of.bits[0];
  bits[1] = v.kind == 4 ? v.of.bits[1] : 0;
  return v.kind <= 4;
}

bool hb_global_set(hb_instance *in, const char *name, size_t len, uint8_t kind, uint64_t lo, uint64_t hi) {
  wasmtime_global_t g;
  wasmtime_val_t v;
  if (!global(in, name, len, &g)) return false;
  memset(&v, 0, sizeof v);
  v.kind = kind;
  v.of.bits[0] = lo;
  v.of.bits[1] = hi;
  wasmtime_error_t *err = wasmtime_global_set(in->context, &g, &v);
  if (err) wasmtime_error_delete(err);
  return err == NULL;
}
