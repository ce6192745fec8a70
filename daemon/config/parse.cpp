#include "config/node.hpp"

#include <chapar/toml_bounds.hpp>

#include <fmt/format.h>
#include <toml++/toml.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <optional>
#include <sstream>

namespace chapar::config {
namespace {

using File = std::shared_ptr<const std::string>;

constexpr off_t largest_file = 4 << 20;
constexpr TomlBounds bounds{.keys = 20'000};

Place place_of(const toml::source_region& region, const File& file) {
    return Place{file, static_cast<std::uint32_t>(region.begin.line), static_cast<std::uint32_t>(region.begin.column)};
}

Node convert(const toml::node& from, const File& file);

void convert_table(const toml::table& from, const File& file, Node& to) {
    to.type = Node::Type::table;
    to.is_inline = from.is_inline();
    for (const auto& [key, value] : from) {
        to.table.push_back(Member{std::string(key.str()), place_of(key.source(), file), convert(value, file)});
    }
}

Node convert(const toml::node& from, const File& file) {
    Node to;
    to.place = place_of(from.source(), file);
    if (const auto* table = from.as_table()) {
        convert_table(*table, file, to);
    } else if (const auto* array = from.as_array()) {
        to.type = Node::Type::list;
        for (const auto& element : *array)
            to.list.push_back(convert(element, file));
    } else if (const auto* text = from.as_string()) {
        to.type = Node::Type::text;
        to.text = text->get();
    } else if (const auto* integer = from.as_integer()) {
        to.type = Node::Type::integer;
        to.integer = integer->get();
    } else if (const auto* number = from.as_floating_point()) {
        to.type = Node::Type::number;
        to.number = number->get();
    } else if (const auto* flag = from.as_boolean()) {
        to.type = Node::Type::flag;
        to.flag = flag->get();
    } else {
        to.type = Node::Type::date;
        std::ostringstream written;
        from.visit([&](const auto& value) {
            if constexpr (toml::is_chronological<decltype(value)>) written << value;
        });
        to.text = written.str();
    }
    return to;
}

struct Descriptor {
    int fd;
    ~Descriptor() {
        if (fd >= 0) ::close(fd);
    }
};

/// The file's bytes, or why not.
std::optional<std::string> slurp(const std::string& path, std::string& why) {
    const Descriptor file{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)};
    struct stat st{};
    if (file.fd < 0 || ::fstat(file.fd, &st) != 0) {
        why = std::strerror(errno);
        return std::nullopt;
    }
    if (!S_ISREG(st.st_mode) || st.st_size > largest_file) {
        why = "not a regular file of at most 4 MiB";
        return std::nullopt;
    }
    if ((st.st_mode & S_IWOTH) != 0) {
        why = fmt::format("anyone may write it (mode {:04o}): chmod o-w {}", st.st_mode & 07777U, path);
        return std::nullopt;
    }
    std::string text;
    char buffer[16384];
    for (;;) {
        const auto got = ::read(file.fd, buffer, sizeof buffer);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) {
            why = std::strerror(errno);
            return std::nullopt;
        }
        if (got == 0) return text;
        text.append(buffer, static_cast<std::size_t>(got));
    }
}

}  // namespace

Node parse_file(const std::string& path, std::vector<Problem>& problems) {
    const auto file = std::make_shared<const std::string>(path);
    Node root;
    root.place.file = file;
    std::string why;
    const auto text = slurp(path, why);
    if (!text) {
        problems.push_back(Problem{path, 0, 0, "can't be read: " + why});
        return root;
    }
    return parse_text(*text, path, problems);
}

Node parse_text(const std::string& text, const std::string& name, std::vector<Problem>& problems) {
    const auto file = std::make_shared<const std::string>(name);
    Node root;
    root.place.file = file;
    if (const auto excess = toml_excess(text, bounds)) {
        const Place place{file, static_cast<std::uint32_t>(excess->line), static_cast<std::uint32_t>(excess->column)};
        problems.push_back(problem_at(place, excess->sentence));
        return root;
    }
    try {
        const toml::table table = toml::parse(text, name);
        convert_table(table, file, root);
    } catch (const toml::parse_error& error) {
        problems.push_back(
            problem_at(place_of(error.source(), file), fmt::format("not TOML: {}", error.description())));
    }
    return root;
}

}  // namespace chapar::config
