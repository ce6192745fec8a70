#include "manner.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

namespace chapar::sandbox {
namespace {

using enum Manner;

constexpr auto words = std::to_array<std::pair<std::string_view, Manner>>({
    {"delivered", delivered},
    {"bounce", bounce},
    {"bounced", bounce},
    {"hard-bounce", bounce},
    {"soft-bounce", full},
    {"full", full},
    {"defer", deferred},
    {"deferred", deferred},
    {"reject", rejected},
    {"rejected", rejected},
    {"block", blocked},
    {"blocked", blocked},
    {"slow", slow},
    {"complain", complaint},
    {"complaint", complaint},
    {"unsubscribe", unsubscribed},
    {"unsubscribed", unsubscribed},
    {"stop", unsubscribed},
    {"reply", reply},
    {"silent", silent},
    {"doubt", doubt},
});

/// Nobody has them: no operator of Iran has 0997, and Ofcom keeps these of the United Kingdom for films.
constexpr auto prefixes = std::to_array<std::string_view>({"+9899700000", "+4477009000"});
/// By the last two digits.
constexpr auto numbers = std::to_array<Manner>(
    {delivered, bounce, full, deferred, rejected, blocked, slow, complaint, unsubscribed, reply, silent, doubt});
constexpr std::size_t ending = 2;

Manner manner_of_number(std::string_view number) {
    const auto is_documented = std::ranges::any_of(prefixes, [&](std::string_view prefix) {
        return number.starts_with(prefix) && number.size() == prefix.size() + ending;
    });
    if (!is_documented) return delivered;
    std::size_t index = 0;
    for (const char digit : number.substr(number.size() - ending))
        index = index * 10 + static_cast<std::size_t>(digit - '0');
    return index < numbers.size() ? numbers[index] : delivered;
}

}  // namespace

Manner manner_of(std::string_view address) {
    if (address.starts_with('+')) return manner_of_number(address);
    std::string word(address.substr(0, address.find_first_of("+@")));
    for (char& c : word)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + ('a' - 'A'));
    const auto found = std::ranges::find(words, std::string_view(word), &std::pair<std::string_view, Manner>::first);
    return found == words.end() ? delivered : found->second;
}

}  // namespace chapar::sandbox
