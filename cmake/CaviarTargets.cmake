# One library a folder, one test program a folder: all the .cpp files of the folder belong to it.

# caviar_library(NAME DEPS...): the folder's static library, linked to others of ours and to packages.
function(caviar_library name)
  file(GLOB sources CONFIGURE_DEPENDS *.cpp)
  if(sources)
    add_library(${name} STATIC ${sources})
    target_link_libraries(${name} PUBLIC $<BUILD_INTERFACE:caviar_flags> ${ARGN}) # our warnings are not for those who use the library
  else()
    add_library(${name} INTERFACE)
    target_link_libraries(${name} INTERFACE $<BUILD_INTERFACE:caviar_flags> ${ARGN})
  endif()
endfunction()

# caviar_test(NAME DEPS...): the folder's GoogleTest program, its cases registered with ctest.
function(caviar_test name)
  file(GLOB sources CONFIGURE_DEPENDS *.cpp)
  if(NOT sources)
    return()
  endif()
  add_executable(${name} ${sources})
  # A third less to compile, and g++'s flow analysis blinder; what is tested has its own flags.
  target_compile_options(${name} PRIVATE $<$<CONFIG:Release>:-O1>
    $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized -Wno-array-bounds -Wno-stringop-overflow>)
  target_link_libraries(${name} PRIVATE caviar_flags ${ARGN} GTest::gmock GTest::gtest_main)
  # What every test begins with is compiled once, by the first of them: a second and more in each of their files otherwise.
  if(TARGET test_core)
    if(NOT name STREQUAL test_core)
      target_precompile_headers(${name} REUSE_FROM test_core)
    else()
      target_precompile_headers(${name} PRIVATE <gmock/gmock.h> <gtest/gtest.h> <nlohmann/json.hpp>)
    endif()
  endif()
  gtest_discover_tests(${name} DISCOVERY_MODE PRE_TEST PROPERTIES TIMEOUT 300)
endfunction()
