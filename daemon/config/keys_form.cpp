// The keys of a form's file, and reading one.

#include "config/keys.hpp"

#include "config/checks.hpp"
#include "config/form_settings.hpp"
#include "config/page_texts.hpp"

#include <algorithm>

namespace chapar::config {
namespace {

constexpr std::size_t longest_title = 300, longest_wording = 600;

std::string check_form_channel(const std::string& text) {
    return text == "email" || text == "sms" ? "" : "expected \"email\" or \"sms\"";
}

/// "https://shop.ir", as browsers send it in Origin.
std::string check_origin(const std::string& text) {
    const auto at = text.find("://");
    const auto host = at == std::string::npos ? std::string() : text.substr(at + 3);
    const bool is_web = text.starts_with("https://") || text.starts_with("http://");
    const bool is_plain = !host.empty() && std::ranges::all_of(host, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == ':';
    });
    return is_web && is_plain ? "" : "expected a site such as \"https://shop.ir\", in small letters, without a path";
}

std::string check_web_address(const std::string& text) {
    const bool is_web = text.starts_with("https://") && text.size() <= 2'000;
    const bool is_plain = std::ranges::all_of(text, [](char c) { return c > ' ' && c < 0x7F && c != '"' && c != '<'; });
    return is_web && is_plain ? "" : "expected an address that begins with https://";
}

using FormFile = FormSettings;
template <PageText FormFile::* text, std::size_t longest>
constexpr Several<FormFile> texts{
    [](Reading& reading, const Slot& slot, FormFile& out) { read_texts(reading, slot, out.*text, longest); },
    [](const FormFile& form) { return show_texts(form.*text); }, "table of texts: fa, en"};

const Key<FormFile> form_keys[] = {
    {.name = "application",
     .member = &FormFile::application,
     .help = "The application that sends, and whose people they become.",
     .rule = {.check = check_name},
     .required = true},
    {.name = "channels",
     .member = &FormFile::channels,
     .help = "What may be given: email, sms (a mobile number), or both.",
     .rule = {.check = check_form_channel}},
    {.name = "topics",
     .member = &FormFile::topics,
     .help = "What people agree to: categories or classes.",
     .rule = {.check = check_word},
     .required = true},
    {.name = "title",
     .member = texts<&FormFile::title, longest_title>,
     .help = "The heading, in each language.",
     .required = true},
    {.name = "about",
     .member = texts<&FormFile::about, longest_title>,
     .help = "A sentence below it.",
     .absent = "none"},
    {.name = "wording",
     .member = texts<&FormFile::wording, longest_wording>,
     .help = "What exactly is agreed to. It is shown above the button and kept with the consent.",
     .required = true},
    {.name = "confirm",
     .member = &FormFile::confirm,
     .help = "The template of the mail with the link (`confirm_url`) and of the SMS with the code (`code`).",
     .rule = {.check = check_name}},
    {.name = "welcome",
     .member = &FormFile::welcome,
     .help = "The template of the message that follows the confirmation; it has `gift_url`.",
     .rule = {.check = check_name},
     .absent = "none follows"},
    {.name = "gift",
     .member = &FormFile::gift,
     .help = "What was promised: the address that the welcome leads to.",
     .rule = {.check = check_web_address},
     .absent = "nothing"},
    {.name = "origins",
     .member = &FormFile::origins,
     .help = "Sites whose own forms may post here.",
     .rule = {.check = check_origin},
     .absent = "only the hosted page"},
};

}  // namespace

// clang-format off
template <> std::span<const Key<FormFile>> keys<FormFile>() { return form_keys; }

template <> std::string_view title<FormFile>() { return "_forms/NAME.toml"; }
// clang-format on

std::expected<FormSettings, std::string> read_form(const std::string& name, const std::string& path,
                                                   const std::string& text) {
    Reading reading;
    const auto root = parse_text(text, path, reading.problems);
    FormSettings out;
    if (reading.problems.empty()) read_table(reading, root, "form", out);
    out.name = name;
    const auto wrong = [&](std::string sentence) { reading.problem(root.place, std::move(sentence)); };
    if (reading.problems.empty() && out.channels.empty()) wrong("channels is empty: name email, sms, or both");
    if (reading.problems.empty() && out.topics.empty()) wrong("topics is empty: name what people agree to");
    if (reading.problems.empty() && !out.gift.empty() && out.welcome.empty())
        wrong("gift needs a welcome: the template of the message that leads to it");
    if (reading.problems.empty()) return out;
    std::string sentences;
    for (const auto& problem : reading.problems)
        sentences += (sentences.empty() ? "" : "\n") + problem.sentence();
    return std::unexpected(std::move(sentences));
}

}  // namespace chapar::config
