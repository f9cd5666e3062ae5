#include "cuda/device/train_trials.cuh"
