#include "numbers/phone.hpp"

#include <algorithm>

#include "numbers/digits.hpp"
#include "numbers/iran.hpp"
#include "numbers/plans.hpp"

namespace chapar::numbers {
namespace {

using Answer = std::expected<std::string, std::string>;

constexpr std::size_t most_digits = 15;  // E.164

/// Already what a mobile number of Iran looks like at the end; most of what comes in here.
bool is_plain_iranian(std::string_view text) {
    return text.size() == 13 && text.starts_with("+989") &&
           std::all_of(text.begin() + 4, text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

std::string listed(std::uint16_t lengths) {
    std::string out;
    int last = 0;
    for (int n = 1; n < 16; ++n)
        if ((lengths >> n) & 1) last = n;
    for (int n = 1; n < 16; ++n) {
        if (!((lengths >> n) & 1)) continue;
        if (!out.empty()) out += n == last ? " or " : ", ";
        out += std::to_string(n);
    }
    return out;
}

std::string counted(std::size_t digits) { return std::to_string(digits) + (digits == 1 ? " digit" : " digits"); }

std::unexpected<std::string> wrong_length(const NumberingPlan& plan, std::string_view national) {
    auto text = "a number of " + std::string(plan.country == "001" ? "service" : plan.country) + " has " +
                listed(plan.lengths) + " digits after +" + std::string(plan.code) + "; this one has " +
                std::to_string(national.size());
    return std::unexpected(text + ": write it whole");
}

/// `national`: without calling code and trunk prefix.
Answer finish(const NumberingPlan& plan, std::string_view national) {
    if (!plan.allows(national.size()) || plan.code.size() + national.size() > most_digits)
        return wrong_length(plan, national);
    if (plan.country == "IR" && national[0] != '9' && iran_area(national) == nullptr) {
        return std::unexpected("no area of Iran has the code 0" + std::string(national.substr(0, 2)) +
                               ": look at the first digits again");
    }
    return "+" + std::string(plan.code) + std::string(national);
}

Answer international(std::string_view digits) {
    if (digits.starts_with('0'))
        return std::unexpected("no country's code begins with 0: write + and the country's code");
    const auto* plan = plan_of_digits(digits);
    if (plan == nullptr) {
        return std::unexpected("no country has the code +" + std::string(digits.substr(0, 3)) +
                               ": write + and the country's code first");
    }
    auto national = digits.substr(plan->code.size());
    // +98 (0) 912: the trunk prefix, as some write it. No number of these plans begins with it.
    if (plan->trunk == "0" && national.starts_with('0')) national.remove_prefix(1);
    return finish(*plan, national);
}

/// Countries whose trunk prefix is 0, and whose people write some or all of their numbers without it.
constexpr std::string_view without_trunk[] = {"BO", "BR", "CN", "CO", "GE", "KI", "LB", "LI",
                                              "MC", "MN", "NP", "PE", "RW", "SO", "UY"};

/// A national number without the trunk prefix, where that is how people write it.
Answer plain_national(const NumberingPlan& plan, std::string_view digits) {
    const auto rest = digits.substr(std::min(plan.code.size(), digits.size()));
    if (!digits.starts_with(plan.code) || !plan.allows(rest.size())) return finish(plan, digits);
    return std::unexpected("this may be +" + std::string(plan.code) + std::string(digits) + " or +" +
                           std::string(digits) + ": write it with +");
}

Answer national_number(std::string_view digits, std::string_view country) {
    const auto* plan = plan_of_country(country);
    if (plan == nullptr) {
        return std::unexpected(country.empty() ? "a number without + needs a country: write +COUNTRY NUMBER"
                                               : "there is no numbering plan of \"" + std::string(country) +
                                                     "\": write +COUNTRY NUMBER");
    }
    const bool is_dialled = !plan->trunk.empty() && digits.starts_with(plan->trunk);
    if (is_dialled) {
        const auto rest = digits.substr(plan->trunk.size());
        if (plan->trunk == "0" || plan->allows(rest.size())) return finish(*plan, rest);
    }
    const bool needs_trunk = plan->trunk == "0";
    const bool may_be_plain = std::ranges::find(without_trunk, country) != std::end(without_trunk);
    if (may_be_plain && plan->allows(digits.size())) return plain_national(*plan, digits);
    if (!needs_trunk && plan->allows(digits.size())) return finish(*plan, digits);
    if (digits.starts_with(plan->code) && plan->allows(digits.size() - plan->code.size()))
        return finish(*plan, digits.substr(plan->code.size()));
    if (needs_trunk && plan->allows(digits.size())) {
        return std::unexpected("a number of " + std::string(country) +
                               " begins with 0, which a spreadsheet may have dropped: write 0" + std::string(digits) +
                               " or +" + std::string(plan->code) + std::string(digits));
    }
    return std::unexpected(counted(digits.size()) + " are no number of " + std::string(country) + ": write +" +
                           std::string(plan->code) + " and " + listed(plan->lengths) +
                           " digits, or + and another country's code");
}

std::string grouped(std::string_view digits, std::size_t first, std::size_t second) {
    std::string out(digits.substr(0, first));
    if (digits.size() > first) out += ' ' + std::string(digits.substr(first, second));
    if (digits.size() > first + second) out += ' ' + std::string(digits.substr(first + second));
    return out;
}

void describe_iranian(std::string_view national, Description& out) {
    const bool is_mobile = national.starts_with('9');
    out.national = grouped("0" + std::string(national), is_mobile ? 4 : 3, is_mobile ? 3 : 4);
    out.type = is_mobile ? Type::mobile : Type::landline;
    if (is_mobile) {
        if (const auto* range = iran_mobile(national))
            out.provider = range->provider;
        else
            out.note = "no operator is known for this range";
    } else if (const auto* area = iran_area(national)) {
        out.area = area->province;
        out.city = area->city;
        out.note = "a landline: few of them take SMS";
    }
}

}  // namespace

Answer to_e164(std::string_view text, std::string_view country) {
    if (is_plain_iranian(text)) return std::string(text);
    const auto read = read_digits(text);
    if (!read) return std::unexpected(read.error());
    std::string_view digits = read->digits;
    if (digits.empty()) return std::unexpected("there are no digits in it: write a number such as +989121234567");
    if (digits.size() > most_digits + 2)
        return std::unexpected("a phone number has at most 15 digits; this one has " + std::to_string(digits.size()));
    if (read->has_plus) return international(digits);
    if (digits.starts_with("00")) return international(digits.substr(2));
    return national_number(digits, country);
}

std::string_view name(Type type) {
    switch (type) {
        case Type::unknown:
            return "unknown";
        case Type::mobile:
            return "mobile";
        case Type::landline:
            return "landline";
        case Type::service:
            return "service";
    }
    return "";
}

Description describe(std::string_view e164) {
    Description out;
    out.e164 = e164;
    const auto digits = e164.substr(e164.starts_with('+') ? 1 : 0);
    const auto* plan = plan_of_digits(digits);
    if (plan == nullptr) return out;
    const auto national = digits.substr(plan->code.size());
    out.country = country_within(*plan, national);
    out.national = std::string(plan->trunk == "0" ? plan->trunk : "") + std::string(national);
    if (out.country == "001") out.type = Type::service;
    if (out.country == "IR") describe_iranian(national, out);
    return out;
}

std::string_view country_of(std::string_view e164) {
    const auto digits = e164.substr(e164.starts_with('+') ? 1 : 0);
    const auto* plan = plan_of_digits(digits);
    return plan == nullptr ? std::string_view() : country_within(*plan, digits.substr(plan->code.size()));
}

bool is_country(std::string_view text) { return text.size() == 2 && plan_of_country(text) != nullptr; }

}  // namespace chapar::numbers
