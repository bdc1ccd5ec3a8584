# inferf_add_module(NAME SOURCES ... DEPENDS ...)
#
# A module of the engine: an object-like static library with an explicit source list. DEPENDS names the modules and packages it may use; what is
# not named cannot be linked, which is how the layering of docs/ARCHITECTURE.md is enforced.
function(inferf_add_module name)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPENDS" ${ARGN})
  add_library(inferf_${name} STATIC ${ARG_SOURCES})
  target_include_directories(inferf_${name} PUBLIC "${PROJECT_SOURCE_DIR}/native/src" "${PROJECT_SOURCE_DIR}/native/include")
  target_link_libraries(inferf_${name} PUBLIC ${ARG_DEPENDS} PRIVATE inferf_warnings PUBLIC inferf_sanitizers)
endfunction()
