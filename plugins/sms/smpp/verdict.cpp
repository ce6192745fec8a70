#include "sms/smpp/verdict.hpp"

namespace chapar::sms {

Ruling rule_submit(std::uint32_t status, bool own_source, const StatusTable& site) {
    // A status of the SMSC's own: the message was not taken, more nobody knows.
    constexpr Ruling provider{Verdict::retry, Blame::provider, false, false, {}};
    const StatusTable& built_in = built_in_statuses().submit;
    const StatusTable& table = site.contains(status) ? site : built_in;
    const auto said = table.find(status);
    if (said == table.end() || (said->second.sender && !own_source)) return provider;
    Ruling ruling = said->second;
    ruling.sender = false;  // decided here
    return ruling;
}

Blame rule_bind(std::uint32_t status, int refusals) {
    const auto& bind = built_in_statuses().bind;
    const auto said = bind.find(status);
    return said != bind.end() && refusals >= said->second ? Blame::credentials : Blame::provider;
}

}  // namespace chapar::sms
