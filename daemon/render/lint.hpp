#pragma once
// What a careful colleague would say about a folder of templates before it is used. Reads files, changes nothing.
// Each rule has a name that does not change, by which the front matter silences it: silence = ["image-width"].
// docs/templates.md lists them.

#include <cstdint>
#include <functional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "render/catalogue.hpp"

namespace chapar::render {

enum class Severity : std::uint8_t {
    error,    // the mail is broken, breaks the law, or is not what was meant
    warning,  // some readers see it worse than it could be
};
constexpr std::string_view name_of(Severity severity) { return severity == Severity::error ? "error" : "warning"; }

struct LintRule {
    std::string_view name;
    Severity severity;
    std::string_view says;
};

/// All rules, sorted by name.
std::span<const LintRule> lint_rules();

struct Finding {
    std::string file;  // below the folder: "welcome/email.fa.liquid"
    unsigned line = 1, column = 1;
    std::string rule;
    std::string sentence;
    std::string source;  // the line of the file
    Severity severity() const;
    auto key() const { return std::tie(file, line, column, rule, sentence); }
    bool operator<(const Finding& other) const { return key() < other.key(); }
};

/// What a text costs as SMS.
struct SmsSize {
    int units = 0, segments = 1;
    int single = 0, part = 0;  // characters that one message has room for, and each of several
    std::string forced_by;     // the character that does not fit into GSM-7
};
using SmsMeter = std::function<SmsSize(std::string_view text)>;

struct LintTools {
    /// Templates that are MJML are made into HTML, which takes about a second each; this folder keeps what was made, as
    /// in open_catalogue.
    std::string made_folder;
    SmsMeter measure_sms;                                                     // empty: segments are not counted
    std::set<std::string, std::less<>> unsubscribe_required = {"marketing"};  // classes whose mails show a way out
    bool has_pages = false;  // the site gives unsubscribe_url and preferences_url
    // Of SMS, where the site has short links; empty: it has none.
    ShortenAddress shorten{};
    std::function<std::string(std::string_view text)> shorten_text{};
    bool shortens = false;  // what the site says of addresses in texts
};

struct LintReport {
    std::vector<Finding> findings;       // sorted by place
    std::vector<std::string> templates;  // that were looked at
};
LintReport lint(const std::string& folder, const LintTools& tools = {});

/// `sentence` in Persian; a sentence that the catalogue lacks comes with what its rule says in general.
std::string in_persian(std::string_view rule, std::string_view sentence);
/// A rule's Persian name for what it says; empty: the catalogue lacks it.
std::string rule_in_persian(std::string_view rule);

}  // namespace chapar::render
