// link: chapar_engage
// What engagement costs: links of a mail of 20 kB with 20 of them rewritten and sealed, of one of 2 kB with one; a hit
// compared with others; an event put in its order.
// Prints one JSON line, CPU microseconds each.

#include <algorithm>
#include <cstdio>
#include <string>

#include "engage/click_seal.hpp"
#include "engage/correlate.hpp"
#include "engage/webhook_order.hpp"
#include "support/measure.hpp"

namespace {

using namespace chapar;
using namespace chapar::engage;

std::string mail_of(std::size_t size, int links) {
    std::string out =
        "<!doctype html><html lang=\"fa\" dir=\"rtl\"><head><title>x</title><style>p{color:#333}</style></head><body>";
    for (int i = 0; i < links; ++i) {
        out +=
            "<table role=\"presentation\" width=\"600\" style=\"border-collapse:collapse\"><tr><td "
            "style=\"padding:12px\">"
            "<a href=\"https://shop.ir/products/" +
            std::to_string(i) + "?ref=mail&amp;position=" + std::to_string(i) +
            "\" style=\"color:#fff;background:#c00\" target=\"_blank\">خرید</a></td></tr></table>";
        while (out.size() < size * static_cast<std::size_t>(i + 1) / static_cast<std::size_t>(links))
            out +=
                "<p style=\"font-family:Vazirmatn,sans-serif\">زعفران تازه رسید. <b>Saffron</b>, 2 g &middot; "
                "480,000</p>";
    }
    return out + "</body></html>";
}

std::shared_ptr<const seal::Sealer> sealer(seal::Kind kind) {
    const std::vector<std::string> keys{"0123456789abcdef0123456789abcdef"};
    return std::make_shared<const seal::Sealer>(*seal::Sealer::make(kind, keys));
}

/// Of one event in the order of its person, of a thousand, when three tries of ten fail.
double webhook_line() {
    constexpr int events = 200'000;
    std::vector<FeedEvent> feed;
    feed.reserve(events);
    for (int i = 1; i <= events; ++i)
        feed.push_back({i, "customer-" + std::to_string(i * 7919 % 1000), true});
    WebhookLine line(WebhookOrder::person, {}, {});
    Timestamp now = from_ms(1'900'000'000'000);
    unsigned random = 1;
    const auto begin = measure::cpu_seconds();
    while (line.cursor() < events || line.waiting() > 0) {
        now += Milliseconds(1);
        const auto ahead = std::span(feed).subspan(static_cast<std::size_t>(line.cursor()));
        for (const auto number : line.next(now, ahead.first(std::min<std::size_t>(ahead.size(), 64)), 16)) {
            random = random * 1664525U + 1013904223U;
            if ((random >> 16) % 10 < 3)
                line.retry(number, now + Milliseconds(20));
            else
                line.done(number);
        }
    }
    return (measure::cpu_seconds() - begin) / events * 1e6;
}

}  // namespace

int main() {
    const auto mail = mail_of(20'000, 20);
    const std::vector<std::string> hosts{"shop.ir"};
    const LinkRules rules{.literal_hosts = hosts};
    std::size_t made = 0;
    const auto write = click_writer("https://m.shop.ir", MessageKey{77}, 20'600, sealer(seal::Kind::click));
    const auto opens = sealer(seal::Kind::open);
    const auto html = measure::cost_of(1.0, [&] {
        const auto pixel = pixel_address("https://m.shop.ir", MessageKey{77}, 20'600, *opens);
        made += rewrite_html(mail, rules, write, Pixel{Pixel::Place::end, pixel}).text.size();
    });
    const auto small = mail_of(2'000, 1);
    const auto small_clicks = measure::cost_of(0.5, [&] { made += rewrite_html(small, rules, write).text.size(); });
    const auto small_full = measure::cost_of(0.5, [&] {
        const auto pixel = pixel_address("https://m.shop.ir", MessageKey{77}, 20'600, *opens);
        made += rewrite_html(small, rules, write, Pixel{Pixel::Place::end, pixel}).text.size();
    });
    const LinkWriter unsealed = [](std::string& out, std::uint16_t, std::string_view) {
        out += "https://m.shop.ir/c/x";
    };
    const auto without_seals = measure::cost_of(1.0, [&] { made += rewrite_html(mail, rules, unsealed).text.size(); });
    const auto text = measure::cost_of(1.0, [&] { made += rewrite_text(mail, rules, unsealed).text.size(); });
    const UserAgents agents;
    const std::string agent =
        "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Mobile "
        "Safari/537.36";
    const auto lookup = measure::cost_of(0.5, [&] { made += static_cast<std::size_t>(agents.family(agent)); });
    Correlator correlator;
    std::int64_t hits = 0;
    const auto correlate = measure::cost_of(0.5, [&] {
        ++hits;
        made += correlator
                    .add({.message = MessageKey{hits / 3},
                          .id = hits,
                          .link = static_cast<std::uint16_t>(hits % 3),
                          .links = 20,
                          .network = 1,
                          .kind = HitKind::click,
                          .at = from_ms(1'900'000'000'000 + hits)})
                    .marks;
    });
    const auto line = webhook_line();
    std::printf(
        "{\"html_us\":%.2f,\"html_without_seals_us\":%.2f,\"text_us\":%.2f,\"small_clicks_us\":%.2f,\"small_full_us\":%"
        ".2f,"
        "\"agent_us\":%.3f,\"correlate_us\":%.3f,\"webhook_line_us\":%.3f,\"bytes\":%zu,\"small_bytes\":%zu,"
        "\"allocations\":%.0f,\"made\":%zu}\n",
        html.cpu_us, without_seals.cpu_us, text.cpu_us, small_clicks.cpu_us, small_full.cpu_us, lookup.cpu_us,
        correlate.cpu_us, line, mail.size(), small.size(), html.allocations, made);
}
