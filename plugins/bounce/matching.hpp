/// A mail beside the rules for the words of mail systems: which rule fits, where, and whom the words name.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "bounce/mime.hpp"
#include "bounce/paragraphs.hpp"
#include "bounce/rules.hpp"

namespace chapar::bounce {

/// `mail` and `rules` must outlive it. One thread.
class Matching {
  public:
    Matching(const Mail& mail, const Rules& rules) : mail_(mail), rules_(rules) {}

    /// What the mail says to people; read when it is first asked for.
    const Told& told();
    bool is_read() const { return told_.has_value(); }

    /// By its From, its subject (unless that answers one) or a field that only reports have.
    bool looks_like_report() const { return comes_from_a_system() || has_subject_of_a_report(); }
    bool comes_from_a_system() const;
    /// The first rule that fits, and the paragraph that does when it looks at the text.
    std::optional<std::pair<const Rule*, const Paragraph*>> first_rule();
    /// The first rule that says of a paragraph, by its words alone, that it is a bounce; or null.
    const Rule* rule_for(const Paragraph& paragraph) const;
    /// It says that the mail did not arrive.
    bool says_failure(const Paragraph& paragraph) const;
    bool subject_says_failure() const;

    /// Whom a paragraph names: not the sender, not those who wrote the report.
    std::vector<std::string> people_in(const Paragraph& paragraph) const;
    /// Whom a report without fields is about: the field that Exim writes, else those in `paragraph`, else all that it
    /// names, else whom the returned mail was to.
    std::vector<std::string> concerned(const Paragraph* paragraph);

  private:
    bool has_subject_of_a_report() const;
    bool is_somebody(std::string_view address) const;
    bool is_of_our_domain(std::string_view address) const;
    bool fits(const HeaderTest& test) const;

    const Mail& mail_;
    const Rules& rules_;
    std::optional<Told> told_;
};

}  // namespace chapar::bounce
