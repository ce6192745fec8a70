#include "render/folder.hpp"

#include "basic/descriptor.hpp"
#include "render/compiled.hpp"
#include "render/file_advice.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <linux/openat2.h>
#include <simdjson.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <optional>
#include <string_view>
#include <utility>

namespace chapar::render {

namespace {

constexpr std::size_t max_file_bytes = 1u << 20;
constexpr std::int64_t settling_ns = 100'000'000;  // coarser than any file system's clock tick
constexpr std::string_view extension = ".liquid", translations = "locales", toml = ".toml";
constexpr std::string_view site_pages = "_pages", site_forms = "_forms";

using basic::Descriptor;

/// Where the kernel has no openat2: no symbolic link at all, step by step.
int open_step_by_step(int root, const std::string& path, int flags) {
    const std::size_t slash = path.find('/');
    if (slash == std::string::npos) return openat(root, path.c_str(), flags | O_NOFOLLOW);
    const Descriptor folder(openat(root, path.substr(0, slash).c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW));
    if (folder.get() < 0) return -1;
    return openat(folder.get(), path.substr(slash + 1).c_str(), flags | O_NOFOLLOW);
}

/// `path` is "NAME" or "NAME/FILE" of plain names.
int open_beneath(int root, const std::string& path, int flags) {
    open_how how{};
    how.flags = static_cast<std::uint64_t>(flags | O_CLOEXEC);
    how.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS;
    const long fd = syscall(SYS_openat2, root, path.c_str(), &how, sizeof how);
    if (fd < 0 && errno == ENOSYS) return open_step_by_step(root, path, flags | O_CLOEXEC);
    return static_cast<int>(fd);
}

std::int64_t nanoseconds(const timespec& t) { return std::int64_t{t.tv_sec} * 1'000'000'000 + t.tv_nsec; }

std::int64_t now_ns() {
    timespec t{};
    clock_gettime(CLOCK_REALTIME, &t);
    return nanoseconds(t);
}

Stamp stamp_of(const struct stat& s) {
    return {s.st_ino, static_cast<std::uint64_t>(s.st_size), nanoseconds(s.st_mtim), nanoseconds(s.st_ctim)};
}

/// Names in a folder that satisfy `wanted`, sorted.
template <class Wanted>
std::set<std::string> list_names(int folder, Wanted wanted) {
    std::set<std::string> names;
    DIR* raw = fdopendir(folder);
    if (raw == nullptr) {
        close(folder);
        return names;
    }
    const std::unique_ptr<DIR, int (*)(DIR*)> entries(raw, closedir);
    while (const dirent* entry = readdir(entries.get())) {
        const std::string_view name = entry->d_name;
        if (!name.starts_with('.') && wanted(name, entry->d_type)) names.insert(std::string(name));
    }
    return names;
}

std::optional<std::string> read_all(int fd, std::size_t expected) {
    std::string text;
    text.resize(expected + 1);
    std::size_t used = 0;
    for (;;) {
        const ssize_t n = read(fd, text.data() + used, text.size() - used);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return std::nullopt;
        if (n == 0) break;
        used += static_cast<std::size_t>(n);
        if (used > max_file_bytes) break;
        if (used == text.size()) text.resize(text.size() * 2);
    }
    text.resize(used);
    return text;
}

/// The line in which `text` stops being UTF-8.
std::size_t broken_line(std::string_view text) {
    std::size_t line = 1;
    for (std::size_t at = 0; at < text.size(); ++line) {
        const std::size_t end = std::min(text.find('\n', at), text.size());
        if (!simdjson::validate_utf8(text.data() + at, end - at)) break;
        at = end + 1;
    }
    return line;
}

/// What a text that is not UTF-8 seems to be, and how it becomes so.
std::string encoding_trouble(std::string_view text) {
    const bool utf16 = text.starts_with("\xFF\xFE") || text.starts_with("\xFE\xFF");
    return fmt::format("is not UTF-8{}; save it as UTF-8 (Notepad: Save as, Encoding: UTF-8)",
                       utf16 ? " but UTF-16, which Windows calls Unicode" : "");
}

void read_file(int root, const std::string& path, SourceFile& file) {
    const auto refuse = [&](std::size_t line, std::string_view why) {
        file.text = nullptr;
        file.trouble = fmt::format("{}:{}:1: {}", path, line, why);
    };
    const Descriptor fd(open_beneath(root, path, O_RDONLY | O_NONBLOCK | O_NOCTTY));
    if (fd.get() < 0) return refuse(1, fmt::format("can't be opened: {}", std::strerror(errno)));
    auto text = read_all(fd.get(), std::min<std::size_t>(file.stamp.size, max_file_bytes));
    if (!text) return refuse(1, fmt::format("can't be read: {}", std::strerror(errno)));
    if (text->size() > max_file_bytes) return refuse(1, "is longer than 1 MiB");
    if (!simdjson::validate_utf8(text->data(), text->size()))
        return refuse(broken_line(*text), encoding_trouble(*text));
    file.text = std::make_shared<const std::string>(std::move(*text));
    file.trouble.clear();
}

}  // namespace

bool Folder::refresh_subfolder(int root, const std::string& name, Files& files) {
    Descriptor folder(open_beneath(root, name, O_RDONLY | O_DIRECTORY));
    if (folder.get() < 0 && errno == ENOTDIR) return false;  // a symbolic link to a file
    if (folder.get() < 0) {
        const bool changed = files.size() != 1 || !files.begin()->first.empty();
        files.clear();
        files[""].trouble = fmt::format("{}:1:1: can't be opened: {}", name, std::strerror(errno));
        return changed;
    }
    const std::string_view wanted = name == translations || name == site_forms ? toml : extension;
    auto& others = others_[name];
    others.clear();
    const auto names = list_names(folder.release(), [&](std::string_view n, unsigned char type) {
        const bool is_wanted = n.ends_with(wanted) && n.size() > wanted.size();
        if (!is_wanted && type != DT_DIR) others.emplace(n);
        return is_wanted;
    });
    bool changed = std::erase_if(files, [&](const auto& entry) { return !names.contains(entry.first); }) > 0;
    for (const std::string& file_name : names) {
        const std::string path = fmt::format("{}/{}", name, file_name);
        struct stat s{};
        const Descriptor fd(open_beneath(root, path, O_PATH));
        const bool usable = fd.get() >= 0 && fstat(fd.get(), &s) == 0 && S_ISREG(s.st_mode);
        SourceFile& file = files[file_name];
        const Stamp stamp = usable ? stamp_of(s) : Stamp{};
        if (file.settled && file.stamp == stamp) continue;
        const auto before = std::move(file.text);
        const std::string trouble_before = std::move(file.trouble);
        file.stamp = stamp;
        file.settled = std::max(stamp.modified_ns, stamp.changed_ns) + settling_ns < now_ns();
        if (usable) {
            read_file(root, path, file);
        } else {
            file.trouble = fmt::format("{}:1:1: is no file of this folder", path);
        }
        const bool same = before && file.text ? *before == *file.text : before == file.text;
        changed = changed || !same || trouble_before != file.trouble;
    }
    return changed;
}

bool is_site_folder(std::string_view name) { return name == site_pages || name == site_forms; }

void Folder::refresh_site(int root, const std::set<std::string>& names) {
    for (const auto folder : {site_pages, site_forms}) {
        const std::string name(folder);
        if (!names.contains(name)) {
            site_changes_ += site_folders_.erase(name);
        } else if (const bool is_new = !site_folders_.contains(name);
                   refresh_subfolder(root, name, site_folders_[name]) || is_new) {
            ++site_changes_;
        }
        others_.erase(name);  // whatever else lies there is nobody's mistake
    }
}

std::set<std::string> Folder::refresh() {
    std::set<std::string> changed;
    const Descriptor root(open(root_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    const int copy = root.get() < 0 ? -1 : openat(root.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (copy < 0) {
        trouble_ = fmt::format("{}:1:1: can't be opened: {}", root_, std::strerror(errno));
        return changed;
    }
    trouble_.clear();
    others_.clear();
    auto& strays = others_[""];
    const auto names = list_names(copy, [&](std::string_view name, unsigned char type) {
        if (type == DT_REG) strays.emplace(name);
        return type == DT_DIR || type == DT_LNK || type == DT_UNKNOWN;
    });
    refresh_site(root.get(), names);
    for (auto it = subfolders_.begin(); it != subfolders_.end();) {
        const bool gone = !names.contains(it->first);
        if (gone) changed.insert(it->first);
        it = gone ? subfolders_.erase(it) : std::next(it);
    }
    for (const std::string& name : names) {
        if (is_site_folder(name)) continue;
        const bool is_new = !subfolders_.contains(name);
        if (refresh_subfolder(root.get(), name, subfolders_[name]) || is_new) changed.insert(name);
    }
    return changed;
}

std::vector<std::string> misnamed(const Folder& folder) {
    std::vector<std::string> found;
    const auto look = [&](const std::string& subfolder, std::string_view file) {
        const auto better = intended_name(subfolder, file);
        if (!better) return;
        const std::string path = subfolder.empty() ? std::string(file) : fmt::format("{}/{}", subfolder, file);
        found.push_back(subfolder.empty()
                            ? fmt::format("{}:1:1: belongs into a folder with the template's name: {}", path, *better)
                            : fmt::format("{}:1:1: is no template file by its name; rename it to {}", path, *better));
    };
    for (const auto& [name, files] : folder.others())
        for (const std::string& file : files)
            look(name, file);
    for (const auto& [name, files] : folder.subfolders()) {
        for (const auto& [file, source] : files)
            if (!file.empty() && name != translations) look(name, file);
        if (const auto better = intended_folder(name); better && is_shared_folder(*better))
            found.push_back(fmt::format("{}:1:1: is taken for a template; rename the folder to {}", name, *better));
    }
    return found;
}

}  // namespace chapar::render
