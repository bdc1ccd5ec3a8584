# OnnxRuntime::headers: the C interface of ONNX Runtime. Its library is loaded when a plan first needs it, so nothing is linked.
#
# The headers come from the NuGet package that the C# projects use, of the version that Directory.Packages.props pins; where it has not been restored
# yet, restoring one project that references it fetches it. ONNXRUNTIME_INCLUDE_DIR names another directory. OnnxRuntime_LIBRARY is the package's
# library for this platform, for tests.
file(STRINGS "${PROJECT_SOURCE_DIR}/Directory.Packages.props" _onnxruntime_pin REGEX "Include=\"Microsoft\\.ML\\.OnnxRuntime\"")
string(REGEX REPLACE ".*Version=\"([^\"]+)\".*" "\\1" OnnxRuntime_VERSION "${_onnxruntime_pin}")

# Sets `result` to the package's folder if it has been restored.
function(_onnxruntime_find_package result)
  set(${result} "" PARENT_SCOPE)
  set(home "$ENV{HOME}")
  if(WIN32)
    set(home "$ENV{USERPROFILE}")
  endif()
  foreach(packages IN ITEMS "$ENV{NUGET_PACKAGES}" "${home}/.nuget/packages" ${ARGN})
    cmake_path(SET folder NORMALIZE "${packages}/microsoft.ml.onnxruntime/${OnnxRuntime_VERSION}")
    if(packages AND EXISTS "${folder}/build/native/include/onnxruntime_c_api.h")
      set(${result} "${folder}" PARENT_SCOPE)
      return()
    endif()
  endforeach()
endfunction()

_onnxruntime_find_package(_onnxruntime_package)
find_program(_onnxruntime_dotnet dotnet)
if(NOT _onnxruntime_package AND NOT ONNXRUNTIME_INCLUDE_DIR AND _onnxruntime_dotnet)
  message(STATUS "Restoring Microsoft.ML.OnnxRuntime ${OnnxRuntime_VERSION} for its headers")
  execute_process(COMMAND "${_onnxruntime_dotnet}" restore managed/InferF WORKING_DIRECTORY "${PROJECT_SOURCE_DIR}" OUTPUT_QUIET)
  execute_process(COMMAND "${_onnxruntime_dotnet}" nuget locals global-packages --list OUTPUT_VARIABLE _onnxruntime_locals ERROR_QUIET
                  OUTPUT_STRIP_TRAILING_WHITESPACE)
  string(REGEX REPLACE "^[^:]*: *" "" _onnxruntime_locals "${_onnxruntime_locals}")
  _onnxruntime_find_package(_onnxruntime_package "${_onnxruntime_locals}")
endif()

if(_onnxruntime_package AND NOT ONNXRUNTIME_INCLUDE_DIR)
  # Not cached: another version has another folder.
  set(ONNXRUNTIME_INCLUDE_DIR "${_onnxruntime_package}/build/native/include")
else()
  find_path(ONNXRUNTIME_INCLUDE_DIR onnxruntime_c_api.h PATH_SUFFIXES onnxruntime onnxruntime/core/session)
endif()
mark_as_advanced(ONNXRUNTIME_INCLUDE_DIR _onnxruntime_dotnet)

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(
  OnnxRuntime
  REQUIRED_VARS ONNXRUNTIME_INCLUDE_DIR
  VERSION_VAR OnnxRuntime_VERSION
  REASON_FAILURE_MESSAGE "'dotnet restore managed/InferF' fetches them, or ONNXRUNTIME_INCLUDE_DIR names the folder of onnxruntime_c_api.h")

if(OnnxRuntime_FOUND)
  if(NOT TARGET OnnxRuntime::headers)
    add_library(OnnxRuntime::headers INTERFACE IMPORTED)
    set_target_properties(OnnxRuntime::headers PROPERTIES INTERFACE_INCLUDE_DIRECTORIES "${ONNXRUNTIME_INCLUDE_DIR}")
  endif()
  string(TOLOWER "${CMAKE_SYSTEM_PROCESSOR}" _onnxruntime_processor)
  set(_onnxruntime_architecture x64)
  if(_onnxruntime_processor MATCHES "arm64|aarch64")
    set(_onnxruntime_architecture arm64)
  endif()
  if(WIN32)
    set(OnnxRuntime_LIBRARY "${_onnxruntime_package}/runtimes/win-${_onnxruntime_architecture}/native/onnxruntime.dll")
  elseif(APPLE)
    set(OnnxRuntime_LIBRARY "${_onnxruntime_package}/runtimes/osx-${_onnxruntime_architecture}/native/libonnxruntime.dylib")
  else()
    set(OnnxRuntime_LIBRARY "${_onnxruntime_package}/runtimes/linux-${_onnxruntime_architecture}/native/libonnxruntime.so")
  endif()
endif()
