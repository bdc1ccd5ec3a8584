# inferf_warnings: the warning set every module compiles with.
add_library(inferf_warnings INTERFACE)
if(MSVC)
  target_compile_options(inferf_warnings INTERFACE /W4 /permissive- $<$<BOOL:${INFERF_WARNINGS_AS_ERRORS}>:/WX>)
else()
  target_compile_options(
    inferf_warnings INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wcast-align -Wunused
                              "$<$<COMPILE_LANGUAGE:CXX>:-Wnon-virtual-dtor;-Woverloaded-virtual>" $<$<BOOL:${INFERF_WARNINGS_AS_ERRORS}>:-Werror>)
endif()
