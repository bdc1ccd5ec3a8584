# inferf_warnings: the warning set every module compiles with. Errors in our presets (INFERF_WARNINGS_AS_ERRORS), mere warnings for people who embed us.
add_library(inferf_warnings INTERFACE)
if(MSVC)
  # 4324: "structure was padded due to alignment specifier" is what alignas asks for.
  target_compile_options(inferf_warnings INTERFACE /W4 /permissive- /utf-8 /wd4324 $<$<BOOL:${INFERF_WARNINGS_AS_ERRORS}>:/WX>)
else()
  target_compile_options(
    inferf_warnings INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wcast-align -Wunused
                              "$<$<COMPILE_LANGUAGE:CXX>:-Wnon-virtual-dtor;-Woverloaded-virtual>" $<$<BOOL:${INFERF_WARNINGS_AS_ERRORS}>:-Werror>)
endif()
