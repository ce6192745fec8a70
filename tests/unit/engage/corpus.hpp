#pragma once
// Sessions of gateways, proxies and people, as requests with the truth beside them. Made by descriptions of who does
// what, and without the scorer: nothing here knows of features, points or verdicts.

#include <cstdint>
#include <string>
#include <vector>

namespace chapar::engage {

struct LabelledRequest {
    int session = 0;  // one message to one person
    bool is_click = true, is_machine = false, is_decoy = false;
    std::int64_t after_ms = 0;  // since the delivery
    std::uint16_t link = 0, links = 0;
    std::string method = "GET", from, agent, purpose, fetch_mode, fetch_user;
    std::string who;  // "safe_links", "phone"
};

/// Whose network is whose, as an operator would list it.
std::string corpus_networks();

/// `sessions` of them, each with one message; the requests of a session are in their order.
std::vector<LabelledRequest> make_corpus(unsigned seed, int sessions);

}  // namespace chapar::engage
