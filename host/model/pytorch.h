#pragma once
/// Models as .py: a module of Python that needs PyTorch and no other file. Its class Model is an nn.Module with the weights loaded and
/// the preprocessing in it; the file's own docstring says how it is used.

#include "caviar/model.h"

#include <string>

namespace caviar::model {

/// `path`: the file's, for the name it is imported by.
std::string encode_pytorch(const Model&, const std::string& path);

} // namespace caviar::model
