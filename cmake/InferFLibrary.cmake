# The modules of the engine and the rules they share.

# inferf_add_module(NAME SOURCES ... DEPENDS ...)
#
# A static library with an explicit source list. DEPENDS names the modules and packages it may use; what is not named cannot be linked, which is half
# of how the layering of docs/ARCHITECTURE.md is enforced (the other half reads #include lines: tests/build/InferF.Build.Tests). The headers of the
# module's directory become its header set: inferf_check_header_ownership() fails on a header outside every set, and the target
# all_verify_interface_header_sets compiles each header on its own.
function(inferf_add_module name)
  cmake_parse_arguments(PARSE_ARGV 1 ARG "" "" "SOURCES;DEPENDS")
  if(ARG_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "inferf_add_module(${name}): unexpected arguments ${ARG_UNPARSED_ARGUMENTS}")
  endif()
  add_library(inferf_${name} STATIC ${ARG_SOURCES})
  target_include_directories(inferf_${name} PUBLIC "${PROJECT_SOURCE_DIR}/native/src" "${PROJECT_SOURCE_DIR}/native/include")
  target_link_libraries(inferf_${name} PUBLIC ${ARG_DEPENDS} inferf_sanitizers PRIVATE inferf_warnings)
  inferf_own_headers(inferf_${name})
endfunction()

# inferf_own_headers(TARGET [PUBLIC|PRIVATE])
#
# Makes the headers beside the sources of TARGET its header set: PUBLIC for modules, PRIVATE for a target whose interface is something else. Files named *-inl.h are compiled once per SIMD target by the source that
# includes them and cannot stand alone, so they are owned but not verified.
function(inferf_own_headers target)
  set(scope PUBLIC)
  if(ARGC GREATER 1)
    set(scope ${ARGV1})
  endif()
  get_target_property(directory ${target} SOURCE_DIR)
  file(GLOB headers CONFIGURE_DEPENDS "${directory}/*.h")
  set_property(GLOBAL APPEND PROPERTY INFERF_OWNED_HEADERS ${headers})
  list(FILTER headers EXCLUDE REGEX "-inl\\.h$")
  if(headers)
    target_sources(${target} ${scope} FILE_SET module_headers TYPE HEADERS BASE_DIRS "${PROJECT_SOURCE_DIR}/native/src" FILES ${headers})
    if(scope STREQUAL "PUBLIC")
      set_target_properties(${target} PROPERTIES VERIFY_INTERFACE_HEADER_SETS ON INTERFACE_HEADER_SETS_TO_VERIFY module_headers)
    endif()
  endif()
endfunction()

# Fails the configuration if a header under native/src belongs to no module: it would be compiled under nobody's rules.
function(inferf_check_header_ownership)
  file(GLOB_RECURSE all CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/native/src/*.h" "${PROJECT_SOURCE_DIR}/native/src/*.hpp")
  get_property(owned GLOBAL PROPERTY INFERF_OWNED_HEADERS)
  list(REMOVE_ITEM all ${owned})
  if(all)
    list(JOIN all "\n  " list)
    message(FATAL_ERROR "Headers that belong to no module (give their directory an inferf_add_module() or move them):\n  ${list}")
  endif()
endfunction()
