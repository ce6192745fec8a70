#include "config/reference.hpp"

#include "config/keys.hpp"
#include "config/load.hpp"

#include "files.hpp"

#include <gmock/gmock.h>

#include <sstream>

namespace chapar::config {
namespace {

using testing::HasSubstr;

std::string source(const std::string& path) {
    std::ifstream in(std::filesystem::path(CHAPAR_SOURCE_DIR) / path, std::ios::binary);
    std::ostringstream text;
    text << in.rdbuf();
    return text.str();
}

TEST(Reference, the_documents_hold_exactly_what_the_table_says) {
    EXPECT_THAT(source("docs/configuration.md"), HasSubstr(reference_markdown()))
        << "write it anew: .ci/write-reference";
    EXPECT_THAT(source("docs/man/chapar.toml.5"), HasSubstr(reference_mdoc())) << "write it anew: .ci/write-reference";
}

TEST(Reference, every_key_has_a_sentence) {
    for (const auto& [section, key] : all_keys()) {
        EXPECT_THAT(reference_markdown(), HasSubstr("| `" + std::string(key) + "` |")) << section;
    }
    for (const auto& key : keys<RouteSettings>())
        EXPECT_THAT(key.help, testing::EndsWith(".")) << key.name;
}

class Shipped : public Files {};

TEST_F(Shipped, the_configuration_of_the_package_is_valid_and_says_the_defaults) {
    const auto loaded = with(source("config/chapar.toml"));
    for (const auto& problem : loaded.problems)
        ADD_FAILURE() << problem.sentence();
    EXPECT_EQ(loaded.settings.daemon, defaults().daemon);
    EXPECT_EQ(loaded.settings.socket, defaults().socket);
    EXPECT_EQ(loaded.settings.classes, defaults().classes);
}

TEST_F(Shipped, its_commented_examples_are_valid_too) {
    std::istringstream lines(source("config/chapar.toml"));
    std::string text;
    for (std::string line; std::getline(lines, line);) {
        // "#key = ..." and "#[table]" are examples; "# Words" are words.
        const bool example = line.size() > 1 && line[0] == '#' && line[1] != ' ' && line[1] != '#';
        text += (example ? line.substr(1) : line) + "\n";
    }
    const auto loaded = with(text);
    for (const auto& problem : loaded.problems)
        ADD_FAILURE() << problem.sentence();
    EXPECT_FALSE(loaded.settings.routes.empty());
    EXPECT_FALSE(loaded.settings.applications.empty());
}

}  // namespace
}  // namespace chapar::config
