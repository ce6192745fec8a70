#include "corpus.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <random>

namespace chapar::engage {
namespace {

constexpr std::array phones = {
    "Mozilla/5.0 (Linux; Android 14; SM-A546E) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/25.0 "
    "Chrome/121.0.0.0 "
    "Mobile Safari/537.36",
    "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Mobile Safari/537.36",
    "Mozilla/5.0 (Linux; Android 13; Redmi Note 12) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0 Mobile "
    "Safari/537.36"};
constexpr auto iphone =
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 "
    "Mobile/15E148 Safari/604.1";
constexpr auto webview =
    "Mozilla/5.0 (Linux; Android 9; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/95.0 Mobile "
    "Safari/537.36";
constexpr auto desktop =
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36";
constexpr auto desktop_firefox = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:128.0) Gecko/20100101 Firefox/128.0";
constexpr auto old_edge =
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/64.0.3282.140 "
    "Safari/537.36 "
    "Edge/18.17763";

class Maker {
  public:
    explicit Maker(unsigned seed) : random_(seed) {}
    void session();
    std::vector<LabelledRequest> out;

  private:
    int below(int n) { return std::uniform_int_distribution<int>(0, n - 1)(random_); }
    std::int64_t between(std::int64_t a, std::int64_t b) {
        return std::uniform_int_distribution<std::int64_t>(a, b)(random_);
    }
    bool happens(double chance) { return std::uniform_real_distribution<>(0, 1)(random_) < chance; }
    std::string host_in(const std::string& prefix) {
        return prefix + "." + std::to_string(below(250) + 1) + "." + std::to_string(below(250) + 1);
    }
    LabelledRequest& request(bool is_machine, std::string who, std::int64_t at, std::string from, std::string agent);
    void click(LabelledRequest& r, int link) { r.link = static_cast<std::uint16_t>(link); }
    void with_navigation(LabelledRequest& r) {
        r.fetch_mode = "navigate";
        r.fetch_user = "?1";
    }
    std::vector<int> some_links(int count);

    void safe_links();
    void rewriting_gateway(const char* who, const char* network, const char* agent);
    void cisco();
    void barracuda();
    void appliance_in_a_data_centre();
    void link_preview();
    void prefetching_browser();
    void headless_on_its_way_past_all();
    void decoy_eater();
    void apple_privacy();
    void image_proxies();
    void person();
    void person_clicks(const std::string& from, const std::string& agent, bool is_chromium, const char* who);

    std::mt19937 random_;
    int session_ = 0, links_ = 0;
};

LabelledRequest& Maker::request(bool is_machine, std::string who, std::int64_t at, std::string from,
                                std::string agent) {
    auto& r = out.emplace_back();
    r.session = session_;
    r.is_machine = is_machine;
    r.who = std::move(who);
    r.after_ms = at;
    r.from = std::move(from);
    r.agent = std::move(agent);
    r.links = static_cast<std::uint16_t>(links_);
    return r;
}

std::vector<int> Maker::some_links(int count) {
    std::vector<int> all(static_cast<std::size_t>(links_));
    for (int i = 0; i < links_; ++i)
        all[static_cast<std::size_t>(i)] = i;
    std::ranges::shuffle(all, random_);
    all.resize(static_cast<std::size_t>(std::min(count, links_)));
    return all;
}

/// Detonates links from Microsoft's network, most of them while the mail arrives, some when they are clicked.
void Maker::safe_links() {
    const auto from = host_in("40.107");
    auto at = happens(0.5) ? between(-1500, 8000) : between(8000, 900'000);
    for (const int link : some_links(happens(0.6) ? links_ : 1)) {
        auto& r = request(true, "safe_links", at, from, happens(0.5) ? desktop : old_edge);
        click(r, link);
        // A detonation chamber drives a real browser.
        if (happens(0.5)) with_navigation(r);
        at += between(50, 4000);
    }
}

/// Proofpoint and Mimecast: a few links within the first minute, from their own network, without a browser's headers.
void Maker::rewriting_gateway(const char* who, const char* network, const char* agent) {
    auto at = between(500, 60'000);
    for (const int link : some_links(1 + below(links_))) {
        click(request(true, who, at, host_in(network), agent), link);
        at += between(20, 2500);
    }
}

/// One after another at a steady pace, each from another address.
void Maker::cisco() {
    auto at = between(1000, 20'000);
    for (const int link : some_links(links_)) {
        click(request(true, "cisco", at, host_in("68.232"), desktop_firefox), link);
        at += 500;
    }
}

/// Asks for the headers first, then for the page.
void Maker::barracuda() {
    auto at = between(0, 15'000);
    const auto from = "209.222.8" + std::to_string(below(8)) + "." + std::to_string(below(250) + 1);
    for (const int link : some_links(1 + below(links_))) {
        auto& head = request(true, "barracuda", at, from, "");
        head.method = "HEAD";
        click(head, link);
        click(request(true, "barracuda", at + 150, from, happens(0.3) ? "python-requests/2.31.0" : desktop), link);
        at += between(200, 900);
    }
}

/// A gateway that nobody lists, from a data centre: all links of the mail at once.
void Maker::appliance_in_a_data_centre() {
    auto at = between(300, 120'000);
    const auto from = host_in(happens(0.5) ? "3.120" : "185.220");
    for (const int link : some_links(std::max(3, links_ - below(3)))) {
        auto& r = request(true, "appliance", at, from, happens(0.5) ? desktop_firefox : desktop);
        click(r, link);
        if (happens(0.3)) with_navigation(r);
        at += between(30, 900);
    }
}

void Maker::link_preview() {
    static constexpr std::array agents = {"WhatsApp/2.23.20.0",
                                          "TelegramBot (like TwitterBot)",
                                          "facebookexternalhit/1.1",
                                          "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)",
                                          "Mozilla/5.0 (compatible; Discordbot/2.0; +https://discordapp.com)",
                                          "curl/8.5.0",
                                          "Go-http-client/2.0"};
    click(request(true, "preview", between(60'000, 86'400'000), host_in("149.154"),
                  agents[static_cast<std::size_t>(below(7))]),
          below(links_));
}

void Maker::prefetching_browser() {
    auto& r = request(true, "prefetch", between(20'000, 7'200'000), host_in("5.113"), phones[1]);
    r.purpose = happens(0.5) ? "prefetch" : "prefetch;prerender";
    r.fetch_mode = "navigate";
    click(r, below(links_));
}

/// One link, minutes later, by a whole browser from an address of a household: nobody can tell.
void Maker::headless_on_its_way_past_all() {
    auto& r = request(true, "headless", between(60'000, 3'600'000), host_in("81.91"), desktop);
    with_navigation(r);
    click(r, below(links_));
}

/// Follows whatever is a link, also the one that no person sees.
void Maker::decoy_eater() {
    auto at = between(30'000, 600'000);
    const auto from = host_in("45.86");
    for (int i = 0; i < 2; ++i) {
        auto& r = request(true, "decoy_eater", at, from, desktop);
        with_navigation(r);
        click(r, below(links_));
        at += between(2000, 15'000);
    }
    auto& decoy = request(true, "decoy_eater", at, from, desktop);
    with_navigation(decoy);
    decoy.is_decoy = true;
    decoy.link = static_cast<std::uint16_t>(links_);
}

void Maker::apple_privacy() {
    auto& r = request(true, "apple_privacy", between(500, 3'600'000), host_in("17.58"), "Mozilla/5.0");
    r.is_click = false;
}

void Maker::image_proxies() {
    auto& gmail = request(false, "gmail", between(30'000, 86'400'000), "66.249.84." + std::to_string(below(250)),
                          "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)");
    gmail.is_click = false;
}

void Maker::person_clicks(const std::string& from, const std::string& agent, bool is_chromium, const char* who) {
    // Half of all within an hour, few at once, the last after days.
    auto at = static_cast<std::int64_t>(1000 * std::exp(std::normal_distribution<>(7.5, 2.2)(random_)));
    at = std::max<std::int64_t>(at, 2500);
    const int count = happens(0.75) ? 1 : happens(0.8) ? 2 : 3;
    for (const int link : some_links(count)) {
        auto& r = request(false, who, at, from, agent);
        click(r, link);
        if (is_chromium || happens(0.5)) with_navigation(r);
        if (happens(0.04)) {  // twice, out of impatience
            auto again = r;
            again.after_ms += between(200, 900);
            out.push_back(again);
        }
        // Back to the mail, and on; a few open one tab after another.
        at += happens(0.01) ? between(800, 3000) : between(9000, 240'000);
    }
}

void Maker::person() {
    const int kind = below(1000);
    // Thousands share an address behind the operators of Iran.
    const auto carrier = (happens(0.5) ? "5.113.12." : "2.144.7.") + std::to_string(below(8));
    if (kind < 500) return person_clicks(carrier, phones[static_cast<std::size_t>(below(3))], true, "phone");
    if (kind < 650) return person_clicks(carrier, iphone, false, "iphone");
    if (kind < 800)
        return person_clicks(host_in("185.220"), phones[static_cast<std::size_t>(below(3))], true, "phone_vpn");
    if (kind < 900) return person_clicks(host_in("81.91"), desktop, true, "office");
    if (kind < 950) return person_clicks(host_in("81.91"), desktop_firefox, false, "firefox");
    if (kind < 997) {  // the view inside of an application, which tells nothing of itself
        click(request(false, "webview", between(20'000, 7'200'000), carrier, webview), below(links_));
        return;
    }
    // A bank whose people go out through Cisco's own network.
    person_clicks(host_in("68.232"), desktop, true, "behind_cisco");
}

void Maker::session() {
    ++session_;
    links_ = 3 + below(9);
    const auto from = out.size();
    const int kind = below(100);
    if (kind < 14)
        safe_links();
    else if (kind < 19)
        rewriting_gateway("proofpoint", "67.231", desktop);
    else if (kind < 24)
        rewriting_gateway("mimecast", "205.139", old_edge);
    else if (kind < 28)
        cisco();
    else if (kind < 32)
        barracuda();
    else if (kind < 38)
        appliance_in_a_data_centre();
    else if (kind < 41)
        link_preview();
    else if (kind < 43)
        prefetching_browser();
    else if (kind < 44)
        headless_on_its_way_past_all();
    else if (kind < 46)
        decoy_eater();
    else if (kind < 54)
        apple_privacy();
    else if (kind < 62)
        image_proxies();
    // Behind most gateways there is a person as well.
    if (kind >= 62 || happens(0.4)) person();
    std::ranges::stable_sort(out.begin() + static_cast<std::ptrdiff_t>(from), out.end(), {},
                             &LabelledRequest::after_ms);
}

}  // namespace

std::string corpus_networks() {
    return "40.92.0.0/15 microsoft\n40.107.0.0/16 microsoft\n67.231.0.0/16 proofpoint\n205.139.0.0/16 mimecast\n"
           "209.222.80.0/21 barracuda\n68.232.0.0/16 cisco\n17.0.0.0/8 apple\n66.249.80.0/20 google\n"
           "3.0.0.0/8 hosting\n185.220.0.0/16 hosting\n";
}

std::vector<LabelledRequest> make_corpus(unsigned seed, int sessions) {
    Maker maker(seed);
    for (int i = 0; i < sessions; ++i)
        maker.session();
    return std::move(maker.out);
}

}  // namespace chapar::engage
