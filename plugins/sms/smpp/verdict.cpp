#include "sms/smpp/verdict.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "sms/pdu/status.hpp"

namespace chapar::sms {
namespace {

constexpr Ruling message{Verdict::rejected, Blame::message, false, false, {}},
    recipient{Verdict::rejected, Blame::recipient, false, false, {}},
    lane{Verdict::retry, Blame::lane, false, false, {}}, provider{Verdict::retry, Blame::provider, false, false, {}};

// docs/sms.md repeats this table. None of it blames the credentials: whoever may submit is bound, and what is said of
// one message must not pause the route.
constexpr std::pair<std::uint32_t, Ruling> rulings[] = {
    {0x01, message},    // RINVMSGLEN
    {0x02, message},    // RINVCMDLEN
    {0x03, provider},   // RINVCMDID
    {0x04, provider},   // RINVBNDSTS
    {0x05, provider},   // RALYBND
    {0x06, message},    // RINVPRTFLG
    {0x07, message},    // RINVREGDLVFLG
    {0x08, provider},   // RSYSERR
    {0x0B, recipient},  // RINVDSTADR
    {0x0D, provider},   // RBINDFAIL
    {0x0E, provider},   // RINVPASWD
    {0x0F, provider},   // RINVSYSID
    {0x14, lane},       // RMSGQFUL
    {0x15, provider},   // RINVSERTYP: the route's own setting
    {0x43, message},    // RINVESMCLASS
    {0x45, provider},   // RSUBMITFAIL
    {0x50, recipient},  // RINVDSTTON
    {0x51, recipient},  // RINVDSTNPI
    {0x53, provider},   // RINVSYSTYP
    {0x54, message},    // RINVREPFLAG
    {0x55, provider},   // RINVNUMMSGS
    {0x58, lane},       // RTHROTTLED
    {0x61, message},    // RINVSCHED
    {0x62, message},    // RINVEXPIRY
    {0x63, message},    // RINVDFTMSGID
    {0x64, provider},   // RX_T_APPN
    {0x65, message},    // RX_P_APPN
    {0x66, message},    // RX_R_APPN
    {0xC0, message},    // RINVOPTPARSTREAM
    {0xC1, message},    // ROPTPARNOTALLWD
    {0xC2, message},    // RINVPARLEN
    {0xC3, message},    // RMISSINGOPTPARAM
    {0xC4, message},    // RINVOPTPARAMVAL
    {0xFE, recipient},  // RDELIVERYFAILURE
    {0xFF, provider},   // RUNKNOWNERR
    {0x100, provider},  // RSERTYPUNAUTH
    {0x101, provider},  // RPROHIBITED
    {0x102, provider},  // RSERTYPUNAVAIL
    {0x103, provider},  // RSERTYPDENIED
    {0x104, message},   // RINVDCS
};

bool is_about_source(std::uint32_t status) { return status == 0x0A || status == 0x48 || status == 0x49; }

}  // namespace

Ruling rule_submit(std::uint32_t status, bool own_source, const StatusTable& site) {
    if (const auto said = site.find(status); said != site.end())
        return said->second.sender && !own_source ? provider : said->second;
    if (is_about_source(status)) return own_source ? message : provider;
    const auto* found = std::ranges::find(rulings, status, &std::pair<std::uint32_t, Ruling>::first);
    // A status of the SMSC's own: the message was not taken, more nobody knows.
    return found == std::end(rulings) ? provider : found->second;
}

Blame rule_bind(std::uint32_t status, int refusals) {
    // Whatever an SMSC that restarts or has too many sessions says, it says with RBINDFAIL; a wrong password it says so
    // always.
    constexpr int often = 3;
    switch (status) {
        case smpp::status::bind_failed:
            return refusals >= often ? Blame::credentials : Blame::provider;
        case smpp::status::invalid_password:
        case smpp::status::invalid_system_id:
        case 0x53:   // RINVSYSTYP
        case 0x101:  // RPROHIBITED
            return Blame::credentials;
        default:
            return Blame::provider;
    }
}

}  // namespace chapar::sms
