# Build type, warnings, sanitizers and CUDA: everything a user may set.
if(SKBUILD) # a wheel is being built
  option(CAVIAR_TESTS "Build the tests" OFF)
else()
  option(CAVIAR_TESTS "Build the tests" ON)
endif()
option(CAVIAR_BENCH "Build the measuring programs of bench/" OFF)
option(CAVIAR_PYTHON_MODULE "Build the extension module of the Python package (host/python); wants nanobind" OFF)
option(CAVIAR_WERROR "Treat warnings as errors" OFF)
option(CAVIAR_LINEINFO "Let profilers find the kernels' source lines" OFF)
set(CAVIAR_SANITIZE "" CACHE STRING "Sanitizers for every target, e.g. address,undefined or thread")
set(CAVIAR_CUDA "AUTO" CACHE STRING "Compile the CUDA parts: AUTO (where nvcc is found), ON, OFF")

if(NOT CMAKE_BUILD_TYPE AND NOT CMAKE_CONFIGURATION_TYPES)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "Release, RelWithDebInfo or Debug" FORCE)
endif()

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

add_library(caviar_flags INTERFACE)
target_include_directories(caviar_flags INTERFACE ${PROJECT_SOURCE_DIR}/include ${PROJECT_SOURCE_DIR})
target_compile_definitions(caviar_flags INTERFACE CAVIAR_VERSION="${PROJECT_VERSION}")
# Contraction off: a product and a sum are fused only where the code says so, so results do not hang on the optimiser's mood.
target_compile_options(caviar_flags INTERFACE
  $<$<COMPILE_LANGUAGE:CXX>:-Wall -Wextra -ffp-contract=off>)
if(NOT CMAKE_UNITY_BUILD) # where files are compiled as one, they would shadow each other's names
  target_compile_options(caviar_flags INTERFACE $<$<COMPILE_LANGUAGE:CXX>:-Wshadow>)
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  # g++ 12 warns of overlapping copies inside its own std::string at -O3 (GCC bug 105651)
  target_compile_options(caviar_flags INTERFACE $<$<COMPILE_LANGUAGE:CXX>:-Wno-restrict>)
endif()
if(CAVIAR_WERROR)
  target_compile_options(caviar_flags INTERFACE $<$<COMPILE_LANGUAGE:CXX>:-Werror>)
endif()
if(CAVIAR_SANITIZE)
  target_compile_options(caviar_flags INTERFACE
    $<$<COMPILE_LANGUAGE:CXX>:-fsanitize=${CAVIAR_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer -g1>)
  if(CAVIAR_SANITIZE MATCHES "undefined")
    # Looked at in every access, these double the time to compile; a null pointer is AddressSanitizer's to tell of.
    target_compile_options(caviar_flags INTERFACE -fno-sanitize=null,alignment,vptr,object-size)
  endif()
  target_link_options(caviar_flags INTERFACE -fsanitize=${CAVIAR_SANITIZE})
endif()

find_program(CAVIAR_CCACHE ccache)
if(CAVIAR_CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CAVIAR_CCACHE})
endif()

# The device code is C++20 and wants nvcc 12.4 or newer; an older one (Debian 12 ships 11.8) is left alone.
if(NOT CAVIAR_CUDA STREQUAL "OFF")
  find_program(CAVIAR_NVCC nvcc HINTS /usr/local/cuda/bin $ENV{CUDA_PATH}/bin)
  if(CAVIAR_NVCC)
    execute_process(COMMAND ${CAVIAR_NVCC} --version OUTPUT_VARIABLE nvcc_version ERROR_QUIET)
    string(REGEX MATCH "release ([0-9.]+)" _ "${nvcc_version}")
    set(nvcc_version ${CMAKE_MATCH_1})
  endif()
  if(CAVIAR_NVCC AND nvcc_version VERSION_GREATER_EQUAL 12.4)
    # What the device here is (under WSL2 it shows as dxg). Without one: machine code for 9.0, and PTX of 8.0 and 9.0, from which the driver
    # makes machine code for 8.6, 8.9 and newer ones than 9.0 when the program first runs there; 7.5 must be asked for. Machine code for all
    # that are supported: -DCMAKE_CUDA_ARCHITECTURES="75;80;86;89;90;100;120" (some minutes each).
    if(NOT DEFINED CMAKE_CUDA_ARCHITECTURES AND NOT DEFINED ENV{CUDAARCHS})
      file(GLOB devices /dev/nvidia[0-9]*)
      if(devices OR EXISTS /dev/dxg)
        set(CMAKE_CUDA_ARCHITECTURES native)
      else()
        set(CMAKE_CUDA_ARCHITECTURES 80-virtual 90)
      endif()
    endif()
    set(CMAKE_CUDA_COMPILER ${CAVIAR_NVCC})
    enable_language(CUDA)
    set(CMAKE_CUDA_STANDARD 20)
    set(CAVIAR_HAS_CUDA TRUE)
  elseif(CAVIAR_CUDA STREQUAL "ON")
    message(FATAL_ERROR "CAVIAR_CUDA=ON needs nvcc 12.4 or newer; found: ${CAVIAR_NVCC} ${nvcc_version}. Put one on PATH or set CAVIAR_NVCC")
  elseif(CAVIAR_NVCC)
    message(STATUS "nvcc ${nvcc_version} is older than 12.4: building without the CUDA parts")
  endif()
endif()
