# inferf_sanitizers: compile and link options of the sanitizers chosen with INFERF_SANITIZE.
add_library(inferf_sanitizers INTERFACE)
if(INFERF_SANITIZE)
  string(REPLACE ";" "," _inferf_sanitize "${INFERF_SANITIZE}")
  target_compile_options(inferf_sanitizers INTERFACE -fsanitize=${_inferf_sanitize} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(inferf_sanitizers INTERFACE -fsanitize=${_inferf_sanitize})
endif()
