/// What a report is allowed to do: only what came back to a sealed address says anything about a message of ours.
/// Pure, any thread.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "bounce/judge.hpp"
#include "chapar/values.hpp"
#include "seal/return_path.hpp"

namespace chapar::bounce {

/// The attempt that a report is about, by the first good seal: of the envelope's recipients, then of what the mail
/// names.
std::optional<std::string> attempt_of(const Finding& finding, std::span<const std::string> envelope,
                                      const seal::ReturnPaths& seals);

/// Something that is told to the host.
struct Telling {
    std::string kind;     ///< "bounced", "delivered", "delayed", "relayed", "complained", "unsubscribed", "auto_reply"
    std::string address;  ///< that the report names; empty: it names none
    std::string code, detail;
    Blame blame = Blame::nobody;
};

/// The events of a report whose seal is good.
std::vector<Telling> events_of(const Finding& finding);

/// What `code` says of a mail that unsubscribes.
inline constexpr std::string_view unsubscribe_code = "mailto";
/// The attempts that a mail unsubscribes from: it came to a good mailbox of List-Unsubscribe and is no report of a mail
/// system. Its envelope says where it came, else its own head; what it quotes says nothing.
std::vector<std::string> unsubscribes(const Finding& finding, std::span<const std::string> envelope,
                                      const seal::ReturnPaths& mailboxes);

/// What comes of it, as a sentence. `is_sealed`: a good seal is there; nothing: nobody looked.
std::string_view effect_words(const Finding& finding, std::optional<bool> is_sealed);

/// "unsealed" where a seal is missing and would be needed, else the name of its kind.
std::string_view verdict_words(const Finding& finding, std::optional<bool> is_sealed);

}  // namespace chapar::bounce
