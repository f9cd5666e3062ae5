#pragma once
/// What files of source code are made of.

#include <map>
#include <span>
#include <string>
#include <string_view>

namespace caviar::model {

/// The shortest decimal that reads back to the same number, always with a point or an exponent: 0.1, 1.0, 1e-45.
std::string literal(float);
std::string literal(double);
/// A C or C++ string literal of any bytes.
std::string c_string(std::string_view);
/// A Python string literal of a UTF-8 text.
std::string python_string(std::string_view);
/// A file's stem as an identifier: "my-net.h" -> my_net.
std::string identifier_of(const std::string& path);
/// Throws UsageError where Python cannot import a file of that name: class.py, or torch.py, which would stand before what it needs itself.
void check_module_name(const std::string& path);
/// The line of Python that imports the file as identifier_of calls it, where it lies.
std::string import_of(const std::string& path);
/// The floats' bytes in lines of base64 (RFC 4648).
std::string base64(std::span<const float>);
/// A text in which @NAME@ stands for what `values` has under NAME. What is put in is not looked into.
std::string filled(std::string_view text, const std::map<std::string, std::string>& values);

} // namespace caviar::model
