// cc and bcc: who gets a mail beside the one it is for.

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "address/key.hpp"
#include "admission/address.hpp"
#include "admission/checks.hpp"

namespace chapar::admission {
namespace {

/// Why nobody can get a copy of this message; empty: the class and the plan allow it.
std::string no_copies(const Facts& f, const Accept& accept) {
    const auto mail = std::ranges::find(accept.plan, "email", &AcceptedStep::channel);
    if (!f.steps.empty() && mail == accept.plan.end())
        return fmt::format("channel {} carries no copies; email does", f.steps.front().channel);
    if (f.class_settings != nullptr && f.class_settings->requires_ != config::Requires::none)
        return fmt::format(
            "class {} is one that people agree to or end: its mail holds the link by which its recipient ends it, and "
            "that is nobody else's; send each person a message of their own, or choose a class with requires = "
            "\"none\"",
            f.class_name);
    if (mail != accept.plan.end() && mail->address.empty())
        return "a copy goes with the recipient's own mail, and the recipient has no email address";
    return {};
}

/// To whom it goes already: to wins over cc, and cc over bcc.
class Recipients {
  public:
    explicit Recipients(const Accept& accept) {
        for (const auto& step : accept.plan)
            if (step.channel == "email" && !step.address.empty()) keys_.insert(address::key(step.address));
    }
    bool add(std::string_view address) { return keys_.insert(address::key(address)).second; }

  private:
    std::set<std::string> keys_;
};

}  // namespace

void check_copies(const Submission& s, const Facts& f, Accept& accept, Errors& errors) {
    if (s.cc.empty() && s.bcc.empty()) return;
    const auto before = errors.size();
    if (s.cc.size() + s.bcc.size() > max_copies) {
        errors.push_back({s.cc.size() > max_copies ? "/cc" : "/bcc",
                          fmt::format("cc and bcc have {} addresses together; {} are allowed",
                                      s.cc.size() + s.bcc.size(), max_copies)});
        return;
    }
    Recipients known(accept);
    for (const bool is_hidden : {false, true}) {
        const auto& list = is_hidden ? s.bcc : s.cc;
        for (std::uint32_t i = 0; i < list.size(); ++i) {
            auto address = canonical_email(list[i]);
            if (!address)
                errors.push_back({fmt::format("/{}/{}", is_hidden ? "bcc" : "cc", i), std::move(address.error())});
            else if (known.add(*address))
                accept.copies.push_back({std::move(*address), is_hidden, i});
        }
    }
    // Where the recipient's own address is wrong, that is what is said.
    const auto why = before == 0 ? no_copies(f, accept) : std::string();
    if (!why.empty()) errors.push_back({s.cc.empty() ? "/bcc" : "/cc", why});
}

}  // namespace chapar::admission
