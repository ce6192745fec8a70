/// What the words of mail systems say, by the rules and by the table of replies. One thread; what it refers to outlives
/// it.
#pragma once

#include <optional>

#include "bounce/judge.hpp"
#include "bounce/matching.hpp"
#include "bounce/reply_text.hpp"

namespace chapar::bounce {

class Words {
  public:
    Words(const Mail& mail, const Judgement& by) : mail_(mail), by_(by), matching_(mail, by.bounces) {}

    Matching& matching() { return matching_; }

    /// The whole mail by the first rule that fits.
    void judge(Finding& out);
    /// A notification that calls a mail deleted may be the refusal of a full mailbox (Dovecot). false: it is not.
    bool judge_refusal(Finding& out);
    /// Of a DSN whose fields say nothing: what the words for people make of it. `out` gets the place.
    std::optional<Ruling> ruling_for(Recipient& out);

  private:
    void state(Finding& out, const Rule& rule, const Paragraph* paragraph);
    void ask_replies(Finding& out, const Rule& rule);
    void add_others(Finding& out, const Paragraph& matched, const Recipient& first);
    Recipient stated(const Rule& rule, const Paragraph* paragraph) const;
    Recipient failure_without_reason(const Evidence& evidence);
    std::optional<Recipient> ruling_of(const Paragraph& paragraph) const;

    const Mail& mail_;
    const Judgement& by_;
    Matching matching_;
};

/// On one line, of a length to be shown, without controls and marks that reorder, cut between characters.
std::string shown(std::string_view text);

/// The finding says what the gravest fate of its recipients is.
void conclude(Finding& out);

/// The line in which `text` begins; `first` is that of the whole.
std::size_t line_in(std::string_view whole, std::string_view text, std::size_t first, bool is_plain);

/// An address is told once.
void add(Finding& out, Recipient recipient);

}  // namespace chapar::bounce
