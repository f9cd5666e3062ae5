#pragma once
/// What every header of caviar/mlp shares. They are compiled by g++, clang and nvcc, and by g++ once for each instruction set.

/// Marks a function that runs on the host and on the device.
#if defined(__CUDACC__)
#define CAVIAR_HD __host__ __device__
#else
#define CAVIAR_HD
#endif

/// Defined where code for the device is compiled: by nvcc, or by a host compiler whose program plays the device in tests.
#if (defined(__CUDACC__) || defined(CAVIAR_SIMT)) && !defined(CAVIAR_DEVICE)
#define CAVIAR_DEVICE 1
#endif

/// The inline namespace of everything under caviar::mlp. A translation unit compiled for a special instruction set defines
/// its own name before it includes anything; otherwise the linker would merge functions compiled with different
/// instructions, and the program would run whichever it met first.
#ifndef CAVIAR_ISA
#if defined(CAVIAR_DEVICE)
#define CAVIAR_ISA device // a host compiler's code for the same headers must not be merged with the device's
#else
#define CAVIAR_ISA generic
#endif
#endif
