#pragma once
/// JSON lines for machines: one document a line, keys in the order given.

#include <nlohmann/json.hpp>

#include <ostream>

namespace caviar::report {

/// A float as the JSON number a reader turns back into the same float: its shortest digits (0.1f is 0.1, not
/// 0.10000000149011612); null where it is not finite, which JSON cannot say.
nlohmann::ordered_json json_number(float);
nlohmann::ordered_json json_number(double);

/// The document in one line, or indented by `indent` spaces. Bytes that are not UTF-8 become U+FFFD instead of an error.
std::string dump(const nlohmann::ordered_json&, int indent = -1);

/// Writes documents to a stream it does not own, a line each.
class JsonLinesWriter {
public:
    explicit JsonLinesWriter(std::ostream& out) : out_(out) {}
    void write(const nlohmann::ordered_json&);

private:
    std::ostream& out_;
};

} // namespace caviar::report
