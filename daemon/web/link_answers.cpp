#include "web/link_answers.hpp"

#include "web/static_answers.hpp"

namespace chapar::web {
namespace {

constexpr std::string_view picture_suffix = ".gif";

model::Engaged engaged_of(engage::HitKind kind) {
    return kind == engage::HitKind::click ? model::Engaged::clicked : model::Engaged::opened;
}

}  // namespace

void LinkAnswers::note(const net::Exchange& exchange, engage::HitKind kind, const Followed& what,
                       const TrustedProxies& trusted, Milliseconds keep_links) {
    const auto& request = exchange.request;
    if (request.method != net::Method::get) return;
    const auto now = clock_.now();
    const auto said = read_headers(request);
    if (said.wants_privacy) return queue_.count(engaged_of(kind), store::TotalOnly::privacy);
    const auto age = std::chrono::days(int{engage::seal_day(now)} - int{what.issued});
    if (age > keep_links) return queue_.count(engaged_of(kind), store::TotalOnly::old_link);
    const auto from = client_of(exchange.peer, request, trusted);
    const engage::HitRequest hit{.kind = kind,
                                 .method = "GET",
                                 .user_agent = said.user_agent,
                                 .purpose = said.purpose,
                                 .fetch_mode = said.fetch_mode,
                                 .fetch_user = said.fetch_user,
                                 .is_proxied = said.is_proxied,
                                 .link = what.link,
                                 .from = from,
                                 .at = now};
    const RawHit raw{what.message, engage::neighbourhood(from), now, engage::observe(hit, networks_, agents_),
                     what.is_short};
    if (!queue_.put(raw)) full_.add();
}

void LinkAnswers::note_click(const net::Exchange& exchange, const Followed& link, const TrustedProxies& trusted,
                             Milliseconds keep_links) {
    note(exchange, engage::HitKind::click, link, trusted, keep_links);
}

void LinkAnswers::lead_to(net::Exchange& exchange, std::string_view destination) {
    lines_ = common_lines();
    lines_ += "Location: ";
    lines_ += destination;
    lines_ += "\r\n";
    exchange.answer_lines(302, lines_, {});
}

bool LinkAnswers::click(net::Exchange& exchange, std::string_view text, const TrustedProxies& trusted,
                        Milliseconds keep_links) {
    const auto link = engage::open_click(text, *keys_.clicks);
    if (!link) return false;
    note_click(exchange, {link->message, link->link, link->issued}, trusted, keep_links);
    lead_to(exchange, link->destination);
    return true;
}

void LinkAnswers::open(net::Exchange& exchange, std::string_view text, const TrustedProxies& trusted,
                       Milliseconds keep_links) {
    if (text.ends_with(picture_suffix)) text.remove_suffix(picture_suffix.size());
    if (const auto seal = engage::open_pixel(text, *keys_.opens))
        note(exchange, engage::HitKind::open, {seal->message, 0, seal->issued}, trusted, keep_links);
    exchange.answer_lines(200, pixel_lines(), pixel_bytes());
}

}  // namespace chapar::web
