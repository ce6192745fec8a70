// Any bytes as a mail that came back: judged without a crash, and never more than what the rules allow.
#include <cstddef>
#include <cstdint>
#include <string>

#include "bounce/bounded.hpp"
#include "bounce/effect.hpp"
#include "bounce/judge.hpp"

namespace {

bool is_one_line(const std::string& text) { return text.find_first_of("\r\n") == std::string::npos; }

/// A hard bounce suppresses: a rule and an address must stand behind it, and no seal of ours can be in what others
/// make.
bool is_in_order(const chapar::bounce::Finding& found, const chapar::seal::ReturnPaths& seals) {
    using chapar::bounce::Kind;
    for (const auto& each : found.recipients)
        if (each.kind == Kind::hard && (each.evidence.place.empty() || each.blame != chapar::Blame::gone)) return false;
    if (!is_one_line(found.said) || !is_one_line(found.evidence.text)) return false;
    return !chapar::bounce::attempt_of(found, {}, seals);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const chapar::bounce::Judgement by{chapar::bounce::shipped_rules(), {}};
    static const std::string keys[] = {std::string(64, 'f')};
    static const auto seals = chapar::seal::ReturnPaths::make(keys).value();
    const std::string_view mail(reinterpret_cast<const char*>(data), size);
    if (!is_in_order(chapar::bounce::judge(mail, by), seals)) __builtin_trap();
    if (chapar::bounce::bound(mail).text().size() > mail.size() + 1) __builtin_trap();
    return 0;
}
