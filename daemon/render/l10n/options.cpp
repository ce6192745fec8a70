#include "render/l10n/filters.hpp"
#include "render/locale.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace chapar::render {

const liquid::Value* Options::take(std::string_view name) {
    known_.push_back(name);
    return call_.named.is_hash() ? call_.named.as_hash().find(name) : nullptr;
}

void Options::complain(std::string sentence) {
    if (complaint_.empty()) complaint_ = std::move(sentence);
}

std::string_view Options::text(std::string_view name, std::string_view otherwise) {
    const auto* given = take(name);
    if (given == nullptr || given->is_nil()) return otherwise;
    if (given->is_string()) return given->as_string();
    complain(fmt::format("{}: {} is a text", filter_, name));
    return otherwise;
}

bool Options::flag(std::string_view name, bool otherwise) {
    const auto* given = take(name);
    if (given == nullptr || given->is_nil()) return otherwise;
    if (given->type() == liquid::Type::boolean) return given->as_boolean();
    complain(fmt::format("{}: {} is true or false", filter_, name));
    return otherwise;
}

std::optional<int> Options::decimals(std::string_view name) {
    constexpr std::int64_t most = 10;
    const auto* given = take(name);
    if (given == nullptr || given->is_nil()) return std::nullopt;
    if (given->type() == liquid::Type::integer)
        return static_cast<int>(std::clamp<std::int64_t>(given->as_integer(), 0, most));
    complain(fmt::format("{}: {} is a count of decimals", filter_, name));
    return std::nullopt;
}

bool Options::all_known() {
    if (call_.named.is_hash())
        for (const liquid::Member& member : call_.named.as_hash().span()) {
            if (std::find(known_.begin(), known_.end(), member.key) != known_.end()) continue;
            const auto near = nearest(member.key, known_);
            complain(fmt::format("{} knows no '{}'{}", filter_, member.key,
                                 near.empty() ? std::string() : fmt::format("; did you mean '{}'?", near)));
        }
    if (complaint_.empty()) return true;
    call_.context.fail(std::move(complaint_));
    return false;
}

}  // namespace chapar::render
