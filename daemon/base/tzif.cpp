#include "base/tzif.hpp"

#include <filesystem>
#include <fstream>
#include <limits>
#include <sstream>

namespace chapar::times {
namespace {

constexpr std::string_view database = "/usr/share/zoneinfo/";
constexpr std::int64_t second = 1000;

/// A name as the tz database has them, and not one of the folder's other files.
bool is_zone_name(std::string_view name) {
    if (name.empty() || name.size() > 64 || name.front() < 'A' || name.front() > 'Z') return false;
    for (const char c : name) {
        const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (!letter && !(c >= '0' && c <= '9') && c != '/' && c != '_' && c != '-' && c != '+') return false;
    }
    return name != "Factory";
}

class Reader {
  public:
    explicit Reader(std::string_view bytes) : bytes_(bytes) {}
    bool ok() const { return ok_; }
    std::string_view take(std::size_t size) {
        if (size > bytes_.size()) {
            ok_ = false;
            return {};
        }
        const auto taken = bytes_.substr(0, size);
        bytes_.remove_prefix(size);
        return taken;
    }
    std::int64_t number(std::size_t size) {
        const auto raw = take(size);
        if (raw.empty()) return 0;
        std::uint64_t value = (raw[0] & 0x80) != 0 ? ~std::uint64_t{0} : 0;
        for (const char c : raw)
            value = (value << 8U) | static_cast<unsigned char>(c);
        return static_cast<std::int64_t>(value);
    }
    std::string_view rest() const { return bytes_; }

  private:
    std::string_view bytes_;
    bool ok_ = true;
};

struct Header {
    char version = 0;
    std::size_t ut = 0, std = 0, leap = 0, times = 0, types = 0, chars = 0;
};

std::optional<Header> read_header(Reader& in) {
    Header out;
    if (in.take(4) != "TZif") return std::nullopt;
    const auto version = in.take(1);
    in.take(15);
    for (auto* count : {&out.ut, &out.std, &out.leap, &out.times, &out.types, &out.chars}) {
        const auto value = in.number(4);
        if (value < 0 || value > 100'000) return std::nullopt;
        *count = static_cast<std::size_t>(value);
    }
    if (!in.ok() || out.types == 0) return std::nullopt;
    out.version = version[0];
    return out;
}

std::size_t block_size(const Header& h, std::size_t time) {
    return h.times * (time + 1) + h.types * 6 + h.chars + h.leap * (time + 4) + h.std + h.ut;
}

/// What the wall shows from some moment on.
struct LocalType {
    std::int64_t offset = 0;
    ZoneName name;
};

void append(ZoneTable& table, std::int64_t at, const LocalType& type) {
    if (!table.offsets.empty() && table.offsets.back() == type.offset && table.names.back() == type.name) return;
    table.starts.push_back(at);
    table.offsets.push_back(type.offset);
    table.names.push_back(type.name);
}

/// The types and, after them, the names to which they point.
std::optional<std::vector<LocalType>> read_types(Reader& in, const Header& header) {
    std::vector<LocalType> types(header.types);
    std::vector<std::size_t> names;
    for (auto& type : types) {
        type.offset = in.number(4) * second;
        type.name.is_summer = in.number(1) != 0;
        names.push_back(static_cast<std::size_t>(in.number(1)) & 0xFFU);
    }
    const auto all = in.take(header.chars);
    for (std::size_t i = 0; i < types.size(); ++i) {
        if (names[i] >= all.size()) return std::nullopt;
        const auto text = all.substr(names[i]);
        types[i].name.text = text.substr(0, text.find('\0'));
    }
    return types;
}

}  // namespace

std::optional<ZoneTable> parse_tzif(std::string_view bytes) {
    Reader in(bytes);
    auto header = read_header(in);
    if (!header || header->version < '2') return std::nullopt;
    in.take(block_size(*header, 4));
    header = read_header(in);
    if (!header) return std::nullopt;
    std::vector<std::int64_t> times;
    times.reserve(header->times);
    for (std::size_t i = 0; i < header->times; ++i)
        times.push_back(in.number(8));
    const auto kinds = in.take(header->times);
    const auto types = read_types(in, *header);
    in.take(header->leap * 12 + header->std + header->ut);
    if (!in.ok() || !types) return std::nullopt;
    ZoneTable table;
    append(table, std::numeric_limits<std::int64_t>::min(), types->front());
    for (std::size_t i = 0; i < times.size(); ++i) {
        const auto kind = static_cast<unsigned char>(kinds[i]);
        if (kind >= types->size()) return std::nullopt;
        const auto& type = (*types)[kind];
        if (times[i] > -10'000'000'000) {
            append(table, times[i] * second, type);
        } else {
            table.offsets.back() = type.offset;
            table.names.back() = type.name;
        }
    }
    auto footer = in.rest();
    if (footer.size() < 2 || footer.front() != '\n') return std::nullopt;
    footer = footer.substr(1, footer.find('\n', 1) - 1);
    if (!footer.empty() && !extend(table, footer)) return std::nullopt;
    return table;
}

std::optional<ZoneTable> read_zone(std::string_view name) {
    if (!is_zone_name(name)) return std::nullopt;
    const auto path = std::string(database).append(name);
    std::error_code error;  // a folder, such as "Asia", opens but cannot be read
    if (!std::filesystem::is_regular_file(path, error)) return std::nullopt;
    std::ifstream file(path, std::ios::binary);
    std::ostringstream bytes;
    bytes << file.rdbuf();  // a read error only ends it, and half a file does not parse
    return parse_tzif(bytes.view());
}

}  // namespace chapar::times
