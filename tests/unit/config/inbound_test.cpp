#include "config/load.hpp"

#include "files.hpp"

#include <gmock/gmock.h>

namespace chapar::config {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

class Inbound : public Files {};

TEST_F(Inbound, nobody_is_listened_to_unless_an_address_is_written) {
    EXPECT_EQ(with("").settings.inbound.listen, "");
    const auto loaded = with("[inbound]\nlisten = \"[::1]:8025\"\npath = \"/hooks/sms\"\nmax_body = \"1MiB\"\n");
    ASSERT_THAT(loaded.problems, IsEmpty());
    EXPECT_EQ(loaded.settings.inbound.listen, "[::1]:8025");
    EXPECT_EQ(loaded.settings.inbound.max_body, 1u << 20);
}

TEST_F(Inbound, what_is_no_address_or_path_is_named) {
    for (const char* text :
         {"8025", "localhost:8025", "127.0.0.1", "127.0.0.1:", "127.0.0.1:70000", "127.0.0.1:8o25", "::1:80"}) {
        const auto loaded = with("[inbound]\nlisten = \"" + std::string(text) + "\"\n");
        ASSERT_EQ(loaded.problems.size(), 1u) << text;
        EXPECT_THAT(loaded.problems[0].sentence(), HasSubstr("127.0.0.1:8025")) << text;
    }
    for (const char* path : {"in", "/", "/in/", "/a//b", "/a/../b", "/in?x", "/in %"}) {
        EXPECT_EQ(with("[inbound]\npath = \"" + std::string(path) + "\"\n").problems.size(), 1u) << path;
    }
}

}  // namespace
}  // namespace chapar::config
