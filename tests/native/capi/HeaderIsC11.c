/* Compiled as C11 by the build; a function that a C++ test calls, so that the header is used and not only read. */
#include "inferf/inferf.h"

int32_t inferfHeaderIsC11(void);

int32_t inferfHeaderIsC11(void) {
  inferf_engine_options options = {0};
  inferf_engine* engine = 0;
  inferf_error error = {0};
  options.struct_size = (uint32_t)sizeof(options);
  options.num_threads = 1;
  if (inferf_engine_create(&options, &engine, &error) != INFERF_OK) {
    return -1;
  }
  inferf_engine_destroy(engine);
  return inferf_abi_version();
}
