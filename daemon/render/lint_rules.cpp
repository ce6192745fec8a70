// The names and weights of lint's rules.
#include "render/lint.hpp"

#include <algorithm>
#include <array>

namespace chapar::render {

namespace {

using enum Severity;

constexpr std::array rules = {
    LintRule{"arabic-letters", warning, "Arabic letters or digits in Persian text"},
    LintRule{"block-unfilled", warning, "the layout has a place that this mail leaves empty"},
    LintRule{"block-unplaced", error, "content_for fills a place that the layout does not have"},
    LintRule{"broken", error, "does not load"},
    LintRule{"clipped", error, "more than 102 KB of HTML: Gmail cuts it"},
    LintRule{"css-important", warning, "a rule in @media cannot win over what was written into the elements"},
    LintRule{"css-left", warning, "the style sheets could not be written into the elements"},
    LintRule{"date-unread", error, "a text that no filter of dates can read"},
    LintRule{"else-if", error, "an {% else if %} is taken for a plain else"},
    LintRule{"empty-subject", error, "there is no subject"},
    LintRule{"external-style", warning, "a style sheet from outside is not loaded"},
    LintRule{"fence-blank", warning, "a blank stands behind +++"},
    LintRule{"file-name", error, "a file or folder whose name is nearly right is not read"},
    LintRule{"foreign-mark", error, "a mark of another keyboard within a tag"},
    LintRule{"html-unclosed", warning, "an element is never closed, or closed without being open"},
    LintRule{"image-alt", error, "an image without alt"},
    LintRule{"image-data", error, "an image within the mail itself"},
    LintRule{"image-wide", warning, "an image is wider than a mail"},
    LintRule{"image-width", warning, "an image without width"},
    LintRule{"link-empty", error, "a link that leads nowhere"},
    LintRule{"link-insecure", warning, "a link or an image by http"},
    LintRule{"link-long", warning, "a link of more than 1,500 bytes is not counted"},
    LintRule{"link-relative", error, "a link or an image without https:// leads nowhere in a mail"},
    LintRule{"long-subject", warning, "a subject of more than 78 characters"},
    LintRule{"missing-lang", warning, "a default mail does not say its language"},
    LintRule{"missing-list-unsubscribe", error, "marketing mail without list_unsubscribe"},
    LintRule{"missing-sample", error, "a required variable without a sample"},
    LintRule{"missing-translation", error, "a key that no file of locales has for this language"},
    LintRule{"missing-unsubscribe", error, "marketing mail without a link to unsubscribe"},
    LintRule{"mjml", warning, "MJML leaves something out"},
    LintRule{"number-tears", warning, "a number with dashes changes its order in right-to-left text"},
    LintRule{"own-word", warning, "a field of the data has a name that means something else in templates"},
    LintRule{"raw-output", warning, "raw writes data into the HTML as it is"},
    LintRule{"sample-fails", error, "does not render with its own sample"},
    LintRule{"single-brace", warning, "a name in single braces is shown as it stands"},
    LintRule{"sms-html", error, "HTML in an SMS is shown as it stands"},
    LintRule{"sms-long-link", warning, "a long link in an SMS"},
    LintRule{"sms-opt-out", error, "marketing SMS does not say how to stop it"},
    LintRule{"sms-segments", warning, "an SMS of several segments"},
    LintRule{"undefined-variable", error, "a variable that nobody promised"},
    LintRule{"unknown-field", error, "recipient or message has no such field"},
    LintRule{"unknown-rule", error, "silence names no rule"},
    LintRule{"unquoted-attribute", warning, "an output is an attribute's value without quotes"},
    LintRule{"unsupported-element", warning, "an element that mail clients take out"},
    LintRule{"unused-required", warning, "a required variable that is never shown"},
    LintRule{"unused-sample", warning, "a sample that nothing uses"},
    LintRule{"word-html", warning, "a word processor left its HTML"},
};
static_assert(std::is_sorted(rules.begin(), rules.end(),
                             [](const LintRule& a, const LintRule& b) { return a.name < b.name; }));

}  // namespace

std::span<const LintRule> lint_rules() { return rules; }

Severity Finding::severity() const {
    const auto known = std::find_if(rules.begin(), rules.end(), [&](const LintRule& r) { return r.name == rule; });
    return known == rules.end() ? error : known->severity;
}

}  // namespace chapar::render
