#include "render/mjml.hpp"

#include "base/json.hpp"
#include "render/liquid/value.hpp"

#include <fmt/format.h>
#include <sys/stat.h>
#include <xxhash.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>

namespace chapar::render {

namespace {

constexpr std::size_t most_kept = 500;  // files on the disk, texts in memory
constexpr std::string_view default_path = "/usr/local/bin:/usr/bin:/bin";

/// Under MemoryDenyWriteExecute no code may be made at run time: Node interprets, and what asks for WebAssembly while
/// it loads (a client for HTTP that is never used) finds something that never answers.
constexpr std::string_view node_options =
    "NODE_OPTIONS=--jitless --max-old-space-size=256 "
    "--import=data:text/javascript,globalThis.WebAssembly={compile:()=>new/**/Promise(()=>{})}";

std::string_view environment_variable(const char* name) {
    const char* value = std::getenv(name);
    return value == nullptr ? std::string_view{} : std::string_view(value);
}

/// Another version of the program makes other HTML.
std::string key_of(const std::string& program, const std::string& text) {
    struct stat s{};
    stat(program.c_str(), &s);
    const std::string subject = fmt::format("1\n{}\n{}.{}\n{}", program, s.st_mtim.tv_sec, s.st_mtim.tv_nsec, text);
    const XXH128_hash_t hash = XXH3_128bits(subject.data(), subject.size());
    return fmt::format("{:016x}{:016x}", hash.high64, hash.low64);
}

/// "Line 5 of /tmp (mj-text) — Attribute fot is illegal"
std::optional<MjmlOutput::Remark> read_remark(std::string_view line) {
    constexpr std::string_view head = "Line ";
    MjmlOutput::Remark made;
    if (!line.starts_with(head)) return std::nullopt;
    made.line = static_cast<unsigned>(std::strtoul(std::string(line.substr(head.size(), 9)).c_str(), nullptr, 10));
    const std::size_t open = line.find(" ("), close = line.find(") ");
    if (open == std::string_view::npos || close == std::string_view::npos || close < open) return std::nullopt;
    std::string_view rest = line.substr(close + 2);
    rest.remove_prefix(std::min(rest.find(' '), rest.size() - 1) + 1);
    made.sentence = fmt::format("{}: {}", line.substr(open + 2, close - open - 2), rest);
    while (made.sentence.ends_with(' '))
        made.sentence.pop_back();
    return made;
}

std::vector<std::string_view> lines_of(std::string_view text) {
    std::vector<std::string_view> lines;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        lines.push_back(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return lines;
}

/// The line of a failed run that says why.
std::string reason(const ChildResult& result) {
    for (std::string_view line : lines_of(result.err)) {
        const std::size_t error = line.find("Error: ");
        if (error != std::string_view::npos) return std::string(line.substr(error + 7));
    }
    return fmt::format("it ended with status {}", result.status);
}

void keep_on_disk(const std::string& folder, const std::string& key, const MjmlOutput& output) {
    namespace fs = std::filesystem;
    std::error_code ignored;
    fs::create_directories(folder, ignored);
    std::vector<std::pair<fs::file_time_type, fs::path>> known;
    for (const auto& entry : fs::directory_iterator(folder, ignored))
        known.emplace_back(entry.last_write_time(ignored), entry.path());
    std::sort(known.begin(), known.end());
    for (std::size_t i = 0; i + most_kept <= known.size(); ++i)
        fs::remove(known[i].second, ignored);
    const fs::path target = fs::path(folder) / key, draft = target.string() + ".new";
    std::ofstream(draft, std::ios::binary) << write_mjml_output(output);
    fs::rename(draft, target, ignored);
}

bool find_on_disk(const std::string& folder, const std::string& key, MjmlOutput& output) {
    std::ifstream file(std::filesystem::path(folder) / key, std::ios::binary);
    const std::string text(std::istreambuf_iterator<char>(file), {});
    return !text.empty() && read_mjml_output(text, output);
}

std::expected<MjmlOutput, std::string> run(const std::string& program, const std::string& text,
                                           const ChildLimits& limits) {
    const std::string_view path = environment_variable("PATH");
    const auto result = run_child(
        program,
        {"-i", "-s", "--noStdoutFileComment", "--config.beautify", "false", "--config.minify", "false",
         "--config.validationLevel", "soft", "--config.ignoreIncludes", "true"},
        {fmt::format("PATH={}", path.empty() ? default_path : path), "LANG=C.UTF-8", std::string(node_options)}, text,
        limits);
    if (!result) return std::unexpected(fmt::format("the program {} {}", program, result.error()));
    if (result->status != 0 || result->out.find("<body") == std::string::npos)
        return std::unexpected(fmt::format("the program {} could not read it: {}", program, reason(*result)));
    MjmlOutput made{result->out, {}};
    for (const std::string_view line : lines_of(result->err))
        if (auto remark = read_remark(line)) made.remarks.push_back(std::move(*remark));
    return made;
}

}  // namespace

std::string Mjml::program() const {
    if (!options_.program.empty()) return options_.program;
    if (const std::string_view named = environment_variable("CHAPAR_MJML"); !named.empty()) return std::string(named);
    const std::string_view path = environment_variable("PATH");
    return find_program("mjml", path.empty() ? default_path : path);
}

std::expected<MjmlOutput, std::string> Mjml::make(const std::string& text) {
    const std::string found = program();
    if (found.empty())
        return std::unexpected(
            "needs the program mjml to be made into HTML: npm install -g mjml (or name it in $CHAPAR_MJML), then save "
            "the file again");
    const std::string key = key_of(found, text);
    {
        const std::lock_guard lock(mutex_);
        if (const auto known = made_.find(key); known != made_.end()) return known->second;
    }
    MjmlOutput output;
    if (options_.folder.empty() || !find_on_disk(options_.folder, key, output)) {
        ChildLimits limits = options_.limits;
        limits.is_cancelled = &is_cancelled_;
        auto made = run(found, text, limits);
        if (!made) return made;
        output = std::move(*made);
        if (!options_.folder.empty()) keep_on_disk(options_.folder, key, output);
    }
    const std::lock_guard lock(mutex_);
    if (made_.size() >= most_kept) made_.clear();
    return made_.insert_or_assign(key, std::move(output)).first->second;
}

std::string write_mjml_output(const MjmlOutput& output) {
    json::Writer out;
    out.begin_object().member("html", output.html).key("remarks").begin_array();
    for (const MjmlOutput::Remark& remark : output.remarks)
        out.begin_object().member("line", remark.line).member("sentence", remark.sentence).end_object();
    return out.end_array().end_object().take();
}

bool read_mjml_output(std::string_view text, MjmlOutput& output) {
    liquid::Document document;
    const auto root = document.parse(text);
    if (!root || !root->is_hash()) return false;
    const liquid::Value* html = root->as_hash().find("html");
    const liquid::Value* remarks = root->as_hash().find("remarks");
    if (html == nullptr || !html->is_string() || remarks == nullptr || !remarks->is_array()) return false;
    output.html = html->as_string();
    for (const liquid::Value& entry : remarks->as_array().span()) {
        if (!entry.is_hash()) return false;
        const liquid::Value* line = entry.as_hash().find("line");
        const liquid::Value* sentence = entry.as_hash().find("sentence");
        if (line == nullptr || sentence == nullptr || !sentence->is_string()) return false;
        output.remarks.push_back({static_cast<unsigned>(line->as_integer()), std::string(sentence->as_string())});
    }
    return true;
}

}  // namespace chapar::render
