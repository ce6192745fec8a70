#include "config/load.hpp"

#include "config/checks.hpp"
#include "config/keys.hpp"
#include "config/suggest.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <tuple>

namespace chapar::config {
namespace {

constexpr std::array<std::string_view, 21> sections{
    "webhook", "daemon", "log",     "socket",  "inbound",     "web",      "metrics",
    "store",   "queue",  "sandbox", "class",   "application", "route",    "receiver",
    "policy",  "cap",    "quiet",   "channel", "plan",        "category", "conversion"};

template <class S>
void read_one(Reading& reading, const Node& node, const std::string& path, S& out) {
    if (node.type == Node::Type::table) return read_table(reading, node, path, out);
    reading.problem(node.place, fmt::format("{} is {}: expected a table, {}", path, node.described(), title<S>()));
}

/// Tables [what.NAME]; `slot` gives the settings that a name's table is read into.
template <class Slot>
void read_named(Reading& reading, const Node& node, std::string_view what, Slot slot) {
    if (node.type != Node::Type::table) {
        return reading.problem(node.place,
                               fmt::format("{} is {}: expected tables, [{}.NAME]", what, node.described(), what));
    }
    for (const auto& member : node.table) {
        if (const auto expected = check_name(member.key); !expected.empty()) {
            reading.problem(member.place, fmt::format("{} \"{}\": {}", what, member.key, expected));
            continue;
        }
        const auto path = fmt::format("{}.{}", what, member.key);
        reading.places[path] = member.place;
        if (member.value.type != Node::Type::table) {
            reading.problem(member.place, fmt::format("{} is {}: expected a table, [{}]; a setting of one {} stands in "
                                                      "that {}'s table",
                                                      path, member.value.described(), path, what, what));
            continue;
        }
        auto& settings = slot(member.key);
        settings.name = member.key;
        read_table(reading, member.value, path, settings);
    }
}

template <class S>
void read_list(Reading& reading, const Node& node, const std::string& path, std::vector<S>& out) {
    if (node.type != Node::Type::list) {
        return reading.problem(node.place, fmt::format("{} is {}: expected {} (two brackets: there may be several)",
                                                       path, node.described(), title<S>()));
    }
    for (const auto& element : node.list) {
        const auto element_path = fmt::format("{}.{}", path, out.size());
        reading.places[element_path] = element.place;
        read_one(reading, element, element_path, out.emplace_back());
    }
}

/// The sections of the policy; false: none of them.
bool read_policy_section(Reading& reading, const std::string& key, const Node& node, Settings& out) {
    if (key == "policy") {
        read_one(reading, node, key, out.policy);
    } else if (key == "cap") {
        read_list(reading, node, key, out.caps);
    } else if (key == "quiet") {
        read_list(reading, node, key, out.quiet);
    } else if (key == "channel") {
        read_named(reading, node, key, [&](const auto&) -> auto& { return out.channels.emplace_back(); });
    } else if (key == "plan") {
        read_named(reading, node, key, [&](const auto&) -> auto& { return out.plans.emplace_back(); });
    } else if (key == "category") {
        read_list(reading, node, key, out.categories);
    } else {
        return false;
    }
    return true;
}

void read_root(Reading& reading, const Node& root, Settings& out) {
    for (const auto& [key, place, node] : root.table) {
        if (key == "daemon") {
            read_one(reading, node, key, out.daemon);
        } else if (key == "log") {
            read_one(reading, node, key, out.log);
        } else if (key == "socket") {
            read_one(reading, node, key, out.socket);
        } else if (key == "inbound") {
            read_one(reading, node, key, out.inbound);
        } else if (key == "web") {
            read_one(reading, node, key, out.web);
        } else if (key == "metrics") {
            read_one(reading, node, key, out.metrics);
        } else if (key == "store") {
            read_one(reading, node, key, out.store);
        } else if (key == "queue") {
            read_one(reading, node, key, out.queue);
        } else if (key == "sandbox") {
            read_one(reading, node, key, out.sandbox);
        } else if (key == "class") {
            read_named(reading, node, key, [&](const auto& name) -> auto& { return out.classes[name]; });
        } else if (key == "application") {
            read_list(reading, node, key, out.applications);
        } else if (key == "route") {
            read_list(reading, node, key, out.routes);
        } else if (key == "receiver") {
            read_list(reading, node, key, out.receivers);
        } else if (key == "webhook") {
            read_list(reading, node, key, out.webhooks);
        } else if (key == "conversion") {
            read_list(reading, node, key, out.conversions);
        } else if (!read_policy_section(reading, key, node, out)) {
            const auto what = node.type == Node::Type::table ? "table" : "key";
            reading.problem(place, fmt::format("unknown {} \"{}\"{}", what, key, suggestion(key, sections)));
        }
    }
    for (std::uint32_t i = 0; i < out.routes.size(); ++i) {
        out.routes[i].order = i;
        if (out.routes[i].config_json.empty()) out.routes[i].config_json = "{}";
    }
    for (auto& receiver : out.receivers)
        if (receiver.config_json.empty()) receiver.config_json = "{}";
    if (out.store.path.empty()) out.store.path = out.daemon.state_dir + "/chapar.db";
}

/// By file in reading order, then by place, without repeats.
void arrange(std::vector<Problem>& problems, const std::vector<std::string>& files) {
    const auto rank = [&](const Problem& p) {
        return std::tuple(std::ranges::find(files, p.file) - files.begin(), p.line, p.column);
    };
    std::ranges::stable_sort(problems, {}, rank);
    const auto repeats = std::ranges::unique(problems);
    problems.erase(repeats.begin(), repeats.end());
}

}  // namespace

/// Hidden files and other endings (editors' leftovers) are not read.
std::vector<std::string> files_of(const std::string& path, std::vector<Problem>& problems) {
    namespace fs = std::filesystem;
    std::vector<std::string> files;
    const auto folder = fs::path(path).parent_path() / "conf.d";
    std::error_code error;
    for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
        const auto name = at->path().filename().string();
        if (name.ends_with(".toml") && !name.starts_with('.')) files.push_back(at->path().string());
    }
    if (error && error != std::errc::no_such_file_or_directory) {
        problems.push_back(Problem{folder.string(), 0, 0, "can't be read: " + error.message()});
    }
    std::ranges::sort(files);
    files.insert(files.begin(), path);
    return files;
}

std::string Problem::sentence() const {
    return line == 0 ? fmt::format("{}: {}", file, text) : fmt::format("{}:{}:{}: {}", file, line, column, text);
}

Settings defaults() {
    Settings settings;
    settings.store.path = settings.daemon.state_dir + "/chapar.db";
    const auto add = [&](ClassSettings c) { settings.classes[c.name] = std::move(c); };
    add({.name = "otp",
         .priority = Priority::critical,
         .max_age = std::chrono::minutes(5),
         .backoff = {.first = std::chrono::seconds(2), .max = std::chrono::seconds(30)},
         .on_doubt = OnDoubt::retry,
         .requires_ = Requires::none,
         .obeys_caps = false,
         .counts = false,
         .phone_allow = {},
         .obeys_quiet = false,
         .keep_content = Milliseconds{0},
         .tracking = "none"});
    add({.name = "transactional",
         .priority = Priority::high,
         .backoff = {},
         .on_doubt = OnDoubt::retry,
         .requires_ = Requires::none,
         .obeys_caps = false,
         .counts = false,
         .phone_allow = {},
         .obeys_quiet = false,
         .tracking = "clicks"});
    add({.name = "marketing",
         .priority = Priority::bulk,
         .share = 0.05,
         .backoff = {},
         .on_doubt = OnDoubt::hold,
         .phone_allow = {},
         .tracking = "full"});
    return settings;
}

Loaded read(const std::string& path) {
    Loaded loaded;
    Reading reading;
    loaded.files = files_of(path, reading.problems);
    Node root;
    for (const auto& file : loaded.files) {
        merge(root, parse_file(file, reading.problems), reading.problems);
    }
    const bool whole = reading.problems.empty();  // else a missing class may only be in the broken file
    loaded.settings = defaults();
    loaded.settings.store.path.clear();
    read_root(reading, root, loaded.settings);
    if (whole) check_agreement(loaded.settings, reading);
    loaded.problems = std::move(reading.problems);
    arrange(loaded.problems, loaded.files);
    return loaded;
}

Result<Settings> load(const std::string& path) {
    auto loaded = read(path);
    if (loaded.ok()) return std::move(loaded.settings);
    std::string text;
    for (const auto& problem : loaded.problems)
        text += (text.empty() ? "" : "\n") + problem.sentence();
    return fail(Code::invalid, std::move(text));
}

}  // namespace chapar::config
