#include "store/sqlite/journal.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <ranges>

#include "base/log.hpp"
#include "store/rows/sum.hpp"

namespace chapar::store::sqlite {
namespace {

constexpr std::string_view magic = "CHAPAR LEFT 1\n";
constexpr std::size_t record_size = 12;  // key, state, attempts
constexpr std::size_t group_head = 8;    // length, sum
constexpr std::size_t sum_size = 4;

void put(std::string& out, std::uint64_t value, int bytes) {
    for (int i = 0; i < bytes; ++i)
        out += static_cast<char>(value >> (8 * i) & 0xFF);
}

std::uint64_t take(std::string_view text, std::size_t at, std::size_t bytes) {
    std::uint64_t out = 0;
    for (std::size_t i = bytes; i-- > 0;)
        out = out << 8 | static_cast<unsigned char>(text[at + i]);
    return out;
}

std::uint64_t short_sum(std::string_view bytes) { return static_cast<std::uint64_t>(sum_of(bytes)) & 0xFFFFFFFF; }

/// The first bytes of a file: the store, the mark that it was begun with, whether something is missing before it.
std::string head(std::string_view id, std::int64_t mark, int number, bool has_gap) {
    std::string out(magic);
    put(out, id.size(), 1);
    out += id;
    put(out, static_cast<std::uint64_t>(mark), 8);
    put(out, static_cast<std::uint64_t>(number), 4);
    put(out, has_gap ? 1 : 0, 1);
    put(out, short_sum(out), sum_size);
    return out;
}

struct JournalPage {
    std::string path;
    int number = 0;
    std::int64_t mark = 0;
    bool has_gap = false;
};

std::size_t head_size(std::string_view id) { return magic.size() + 1 + id.size() + 8 + 4 + 1 + sum_size; }

std::optional<JournalPage> read_head(const std::string& path, std::string_view id) {
    std::string bytes(head_size(id), '\0');
    std::ifstream file(path, std::ios::binary);
    file.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    if (!file || !bytes.starts_with(magic) || take(bytes, magic.size(), 1) != id.size()) return std::nullopt;
    const std::size_t at = magic.size() + 1 + id.size();
    const auto summed = std::string_view(bytes).substr(0, bytes.size() - sum_size);
    if (!summed.substr(0, at).ends_with(id) || take(bytes, summed.size(), sum_size) != short_sum(summed))
        return std::nullopt;
    return JournalPage{path, static_cast<int>(take(bytes, at + 8, 4)), static_cast<std::int64_t>(take(bytes, at, 8)),
                       take(bytes, at + 12, 1) != 0};
}

/// The records of all groups, up to the end or to a last group that was being written. Nothing: it is damaged.
std::optional<std::string> read_records(const JournalPage& page, std::string_view id) {
    std::ifstream file(page.path, std::ios::binary);
    const std::string bytes((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
    std::string out;
    std::size_t next = head_size(id);
    while (bytes.size() >= next + group_head) {
        const auto length = static_cast<std::size_t>(take(bytes, next, 4));
        if (length == 0 || bytes.size() - next - group_head < length) break;
        const auto group = std::string_view(bytes).substr(next + group_head, length);
        if (length % record_size != 0 || take(bytes, next + 4, sum_size) != short_sum(group)) {
            if (next + group_head + length == bytes.size()) break;
            return std::nullopt;
        }
        out += group;
        next += group_head + length;
    }
    return out;
}

std::vector<JournalPage> read_heads(const std::string& database, std::string_view id, int& highest) {
    std::vector<JournalPage> out;
    const std::filesystem::path path(database);
    const std::string stem = path.filename().string() + ".left-";
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator(path.parent_path(), error)) {
        const auto name = entry.path().filename().string();
        if (!name.starts_with(stem)) continue;
        highest = std::max(highest, std::atoi(name.c_str() + stem.size()));
        if (auto page = read_head(entry.path().string(), id)) out.push_back(std::move(*page));
    }
    std::ranges::sort(out, {}, &JournalPage::number);
    return out;
}

void take_records(Told& out, std::string_view records) {
    for (std::size_t i = 0; i < records.size(); i += record_size) {
        const auto state = static_cast<std::uint8_t>(take(records, i + 8, 1));
        if (state >= model::state_count) continue;
        out.last[static_cast<std::int64_t>(take(records, i, 8))] = {static_cast<model::State>(state),
                                                                    static_cast<int>(take(records, i + 9, 3))};
    }
}

}  // namespace

Journal::~Journal() { close(); }

void Journal::close() {
    if (fd_ >= 0) ::close(fd_);
    fd_ = -1;
}

std::string Journal::file_name(int number) const {
    const auto digits = std::to_string(number);
    return prefix_ + ".left-" + std::string(digits.size() < 6 ? 6 - digits.size() : 0, '0') + digits;
}

Told Journal::read(const std::string& database, std::string_view store_id, std::int64_t mark) {
    Told out;
    int highest = 0;
    const auto pages = read_heads(database, store_id, highest);
    out.next_file = highest + 1;
    if (pages.empty()) return out;
    out.last_mark = pages.back().mark;
    // Backwards to the file that was written at `mark`; on the way nothing may be missing.
    std::vector<std::string> newest_first;
    for (auto at = pages.size(); at-- > 0;) {
        const JournalPage& page = pages[at];
        if (at + 1 < pages.size() && pages[at + 1].number != page.number + 1) break;
        auto records = read_records(page, store_id);
        if (!records) break;
        newest_first.push_back(std::move(*records));
        if (page.mark <= mark) {
            out.is_covered = out.last_mark + 1 >= mark;
            break;
        }
        if (page.has_gap) break;
    }
    for (const auto& records : std::views::reverse(newest_first))
        take_records(out, records);
    return out;
}

bool Journal::begin(std::int64_t mark, int number, bool has_gap) {
    close();
    const auto name = file_name(number);
    fd_ = ::open(name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
    const auto bytes = head(id_, mark, number, has_gap);
    const bool written = fd_ >= 0 && ::write(fd_, bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()) &&
                         ::fdatasync(fd_) == 0;
    // The name must last too, or a power cut takes the file.
    const int folder = written ? ::open(std::filesystem::path(name).parent_path().c_str(), O_RDONLY | O_CLOEXEC) : -1;
    const bool lasts = folder >= 0 && ::fsync(folder) == 0;
    if (folder >= 0) ::close(folder);
    if (lasts) {
        number_ = number;
        bytes_ = static_cast<std::int64_t>(bytes.size());
        return true;
    }
    log::error("store.journal_failed", "the journal {} can't be written ({}): a backup that is restored now holds all",
               name, std::strerror(errno));
    close();
    return false;
}

void Journal::note(MessageKey key, model::State before, model::State now, int attempts) {
    put(staged_, static_cast<std::uint64_t>(key.value), 8);
    put(staged_, static_cast<std::uint64_t>(now), 1);
    put(staged_, static_cast<std::uint64_t>(std::clamp(attempts, 0, 0xFFFFFF)), 3);
    must_last_ = must_last_ || (before != model::State::sending && before != model::State::sent);
}

bool Journal::flush() {
    if (staged_.empty() || fd_ < 0) {
        forget();
        return fd_ >= 0;
    }
    std::string group;
    group.reserve(group_head + staged_.size());
    put(group, staged_.size(), 4);
    put(group, short_sum(staged_), sum_size);
    group += staged_;
    const bool written = ::write(fd_, group.data(), group.size()) == static_cast<ssize_t>(group.size()) &&
                         (!must_last_ || ::fdatasync(fd_) == 0);
    forget();
    bytes_ += static_cast<std::int64_t>(group.size());
    if (written) return true;
    log::error("store.journal_failed", "the journal {} can't be written ({}): a backup that is restored now holds all",
               file_name(number_), std::strerror(errno));
    close();
    return false;
}

void Journal::drop_before(Timestamp before) const {
    for (int number = number_ - 1; number > 0; --number) {
        struct stat info{};
        const auto name = file_name(number);
        if (::stat(name.c_str(), &info) != 0) return;
        if (std::int64_t{info.st_mtime} * 1000 >= to_ms(before)) continue;
        for (; number > 0 && ::unlink(file_name(number).c_str()) == 0; --number) {
        }
        return;
    }
}

}  // namespace chapar::store::sqlite
