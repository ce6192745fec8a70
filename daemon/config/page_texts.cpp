#include "config/page_texts.hpp"

#include <fmt/format.h>

#include <utility>

namespace chapar::config {
namespace {

constexpr std::string_view texts_expected = "a table of texts, such as { fa = \"پیشنهادها\", en = \"Offers\" }";

bool is_line(std::string_view text, std::size_t longest) {
    return !text.empty() && text.size() <= longest &&
           text.find_first_of(std::string_view("\0\n\r\t", 4)) == std::string_view::npos;
}

}  // namespace

void read_texts(Reading& reading, const Slot& slot, PageText& out, std::size_t longest) {
    if (slot.node.type != Node::Type::table || slot.node.table.empty()) return expect(reading, slot, texts_expected);
    for (const auto& member : slot.node.table) {
        auto* text = member.key == "fa" ? &out.fa : member.key == "en" ? &out.en : nullptr;
        if (text == nullptr) {
            reading.problem(member.place,
                            fmt::format("{} has a text in \"{}\": the pages speak fa and en", slot.name, member.key));
        } else if (member.value.type != Node::Type::text || !is_line(member.value.text, longest)) {
            reading.problem(member.value.place, fmt::format("{}.{}: expected one line of at most {} bytes", slot.name,
                                                            member.key, longest));
        } else {
            *text = member.value.text;
        }
    }
}

std::string show_texts(const PageText& text) {
    std::string out;
    for (const auto& [language, words] : {std::pair("fa", &text.fa), std::pair("en", &text.en)})
        if (!words->empty()) out += fmt::format("{} {} = \"{}\"", out.empty() ? "" : ",", language, *words);
    return out.empty() ? "none" : "{" + out + " }";
}

}  // namespace chapar::config
