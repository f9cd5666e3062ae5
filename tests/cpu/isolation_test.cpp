/// Code compiled for one instruction set must not be what the linker picks for the rest of the program. A function that two objects
/// define weakly (an inline function or a template) is merged into one of them: so the objects of the instruction sets may
/// define no weak symbol outside a namespace of their own.
#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <map>
#include <set>
#include <sstream>
#include <string>

namespace {

std::string output_of(const std::string& command) {
    std::string text;
    FILE* pipe = popen(command.c_str(), "r");
    if (!pipe) return text;
    std::array<char, 4096> buffer;
    for (size_t n; (n = fread(buffer.data(), 1, buffer.size(), pipe)) > 0;) text.append(buffer.data(), n);
    pclose(pipe);
    return text;
}

TEST(Isolation, InstructionSetsShareNoWeakSymbol) {
    // "library.a:member.o:address kind name"
    std::istringstream lines(output_of(std::string(CAVIAR_NM) + " -A --defined-only " CAVIAR_CPU_LIBRARY));
    std::map<std::string, std::set<std::string>> weak; // symbol -> the objects that define it
    std::set<std::string> objects;
    for (std::string line; std::getline(lines, line);) {
        const size_t member = line.find(".a:"), end = line.find(':', member + 3);
        if (member == std::string::npos || end == std::string::npos) continue;
        const std::string object = line.substr(member + 3, end - member - 3);
        std::istringstream rest(line.substr(end + 1));
        std::string address, kind, name;
        rest >> address >> kind >> name;
        objects.insert(object);
        if (kind == "W" || kind == "V" || kind == "u") weak[name].insert(object);
    }
    for (const char* object : {"kernels_plain.cpp.o", "kernels_avx2.cpp.o", "kernels_avx512.cpp.o"}) ASSERT_TRUE(objects.contains(object)) << object;
    ASSERT_FALSE(weak.empty());
    for (const auto& [name, definers] : weak) {
        // Pointers to the C++ run-time library, and the sanitizers' own bookkeeping: the same everywhere.
        if (name.rfind("DW.ref.", 0) == 0 || name.find("asan") != std::string::npos || name.find("tsan") != std::string::npos) continue;
        for (const std::string& object : definers) {
            if (object.rfind("kernels_", 0) != 0) continue;
            EXPECT_EQ(definers.size(), 1u) << name << " is in " << object << " and elsewhere";
            const std::string set = object.substr(8, object.find('.') - 8); // its namespace, as mangled: 6avx512
            EXPECT_NE(name.find(std::to_string(set.size()) + set), std::string::npos) << name << " in " << object << " has a name that others may share";
        }
    }
}

} // namespace
