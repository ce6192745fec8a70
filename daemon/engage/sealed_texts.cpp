#include "engage/sealed_texts.hpp"

namespace chapar::engage {
namespace {

constexpr std::size_t number_size = 8;

}  // namespace

std::optional<std::string> pack_texts(std::uint64_t number, std::span<const std::string_view> texts) {
    std::string out;
    for (int shift = 56; shift >= 0; shift -= 8)
        out += static_cast<char>(number >> shift & 0xFF);
    for (const auto text : texts) {
        if (text.size() > longest_name) return std::nullopt;
        out += static_cast<char>(text.size());
        out += text;
    }
    return out;
}

bool unpack_texts(std::string_view fields, std::uint64_t& number, std::span<std::string* const> texts) {
    if (fields.size() < number_size) return false;
    number = 0;
    for (const char c : fields.substr(0, number_size))
        number = number << 8 | static_cast<unsigned char>(c);
    fields.remove_prefix(number_size);
    for (auto* text : texts) {
        if (fields.empty()) return false;
        const std::size_t size = static_cast<unsigned char>(fields.front());
        if (fields.size() < 1 + size) return false;
        *text = fields.substr(1, size);
        fields.remove_prefix(1 + size);
    }
    return fields.empty();
}

}  // namespace chapar::engage
