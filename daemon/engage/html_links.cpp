#include "email_rules/text.hpp"
#include "engage/link_judge.hpp"
#include "engage/pixel_place.hpp"
#include "render/html_text.hpp"

namespace chapar::engage {
namespace {

using render::HtmlReader;
using render::HtmlToken;

/// Names that are not common cost a parse each; who writes more of them than this gets them undecoded.
constexpr unsigned most_lookups = 64;

class HtmlLinks {
  public:
    HtmlLinks(std::string_view html, const LinkRules& rules) : html_(html), reader_(html), judge_(rules) {}
    /// One walk over the page finds its links and, with `place`, where a pixel goes.
    std::vector<Link> find(PixelPlace* place);

  private:
    bool is_closed() const;
    void follow_foreign(const HtmlToken& token);
    void look(const HtmlToken& token);

    std::string_view html_;
    HtmlReader reader_;
    LinkJudge judge_;
    std::vector<Link> links_;
    std::string href_, name_;
    unsigned lookups_ = most_lookups;
    unsigned foreign_depth_ = 0;  // inside of svg and math
};

/// A tag whose ">" never comes is none; its last value then reaches to the end of the text.
bool HtmlLinks::is_closed() const {
    if (html_[reader_.position() - 1] != '>') return false;
    if (reader_.position() < html_.size() || reader_.attributes().empty()) return true;
    const std::string_view last = reader_.attributes().back().value;
    return last.data() == nullptr || last.data() + last.size() != html_.data() + html_.size();
}

void HtmlLinks::follow_foreign(const HtmlToken& token) {
    if (token.name != "svg" && token.name != "math") return;
    if (token.kind == HtmlToken::Kind::start && !token.self_closing) ++foreign_depth_;
    if (token.kind == HtmlToken::Kind::end && foreign_depth_ > 0) --foreign_depth_;
}

void HtmlLinks::look(const HtmlToken& token) {
    if (foreign_depth_ > 0 || (token.name != "a" && token.name != "area") || !is_closed()) return;
    const std::string_view value = reader_.attribute("href");
    if (value.empty()) return;
    const auto begin = static_cast<std::size_t>(value.data() - html_.data());
    href_.clear();
    render::append_decoded_value(href_, value, lookups_);
    const auto track = email::trim(reader_.attribute("data-chapar-track"));
    if (render::equal_ignoring_case(track, "off")) {
        links_.push_back(judge_.turn_off(begin, begin + value.size(), href_));
        return;
    }
    name_.clear();
    render::append_decoded_value(name_, email::trim(reader_.attribute("data-chapar-name")), lookups_);
    links_.push_back(judge_.judge(begin, begin + value.size(), href_, name_));
}

std::vector<Link> HtmlLinks::find(PixelPlace* place) {
    for (;;) {
        const HtmlToken& token = reader_.next();
        if (token.kind == HtmlToken::Kind::finished) break;
        const bool is_tag = token.kind == HtmlToken::Kind::start || token.kind == HtmlToken::Kind::end;
        if (place != nullptr) place->see(token, reader_.position(), !is_tag || is_closed());
        if (!is_tag) continue;
        follow_foreign(token);
        if (token.kind == HtmlToken::Kind::start) look(token);
    }
    return std::move(links_);
}

std::string pixel_markup(std::string_view address) {
    return "<img src=\"" + std::string(address) +
           "\" width=\"1\" height=\"1\" alt=\"\" role=\"presentation\" "
           "style=\"display:block;width:1px;height:1px;border:0\">";
}

}  // namespace

Rewritten rewrite_html(std::string_view html, const LinkRules& rules, const LinkWriter& write,
                       const std::optional<Pixel>& pixel) {
    PixelPlace place(html);
    Rewritten out;
    out.links = HtmlLinks(html, rules).find(pixel ? &place : nullptr);
    if (pixel)
        out.text = replace_links(html, out.links, write, place.at(pixel->place), pixel_markup(pixel->address));
    else
        out.text = replace_links(html, out.links, write);
    return out;
}

}  // namespace chapar::engage
