#include "corpus.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <iostream>
#include <map>

#include "engage/correlate.hpp"

namespace chapar::engage {
namespace {

struct Judged {
    const LabelledRequest* request = nullptr;
    Features features;
    Score score;
};

/// Each request as the listener would see it, one after another; earlier hits in the light of later ones.
std::vector<Judged> judge(const std::vector<LabelledRequest>& corpus) {
    NetworkReader reader;
    EXPECT_TRUE(reader.read("corpus", corpus_networks()).empty());
    const auto networks = reader.build();
    const UserAgents agents;
    Correlator correlator;
    const Timestamp delivered = from_ms(1'900'000'000'000);
    std::vector<Judged> out;
    out.reserve(corpus.size());
    for (const auto& r : corpus) {
        const auto address = *parse_address(r.from);
        const auto at = delivered + Milliseconds(r.after_ms);
        Judged hit{.request = &r,
                   .features = observe({.kind = r.is_click ? HitKind::click : HitKind::open,
                                        .method = r.method,
                                        .user_agent = r.agent,
                                        .purpose = r.purpose,
                                        .fetch_mode = r.fetch_mode,
                                        .fetch_user = r.fetch_user,
                                        .link = r.link,
                                        .from = address,
                                        .at = at,
                                        .delivered = delivered},
                                       networks, agents),
                   .score = {}};
        const MessageKey message{r.session};
        const auto id = static_cast<std::int64_t>(out.size());
        const auto found = correlator.add({.message = message,
                                           .id = id,
                                           .link = r.link,
                                           .links = r.links,
                                           .is_decoy = r.is_decoy,
                                           .network = neighbourhood(address),
                                           .kind = hit.features.kind,
                                           .at = at});
        hit.features.marks |= found.marks;
        hit.score = score(hit.features);
        correlator.judged(message, id, hit.score.by);
        out.push_back(hit);
        for (const auto& change : found.earlier) {
            auto& earlier = out[static_cast<std::size_t>(change.id)];
            earlier.features.marks |= change.marks;
            earlier.score = score(earlier.features);
            correlator.judged(message, change.id, earlier.score.by);
        }
    }
    return out;
}

struct Table {
    int true_positive = 0, false_positive = 0, missed = 0;
    double precision() const {
        return static_cast<double>(true_positive) / std::max(1, true_positive + false_positive);
    }
    double recall() const { return static_cast<double>(true_positive) / std::max(1, true_positive + missed); }
};

Table tabulate(const std::vector<Judged>& hits, bool clicks) {
    Table out;
    for (const auto& hit : hits) {
        if (hit.request->is_click != clicks) continue;
        const bool is_said = hit.score.by == Verdict::machine;
        if (is_said) ++(hit.request->is_machine ? out.true_positive : out.false_positive);
        if (!is_said && hit.request->is_machine) ++out.missed;
    }
    return out;
}

TEST(Corpus, machines_that_click_are_found_and_people_are_not_taken_for_them) {
    for (const unsigned seed : {1U, 2U, 3U}) {
        const auto corpus = make_corpus(seed, 20'000);
        const auto hits = judge(corpus);
        const auto clicks = tabulate(hits, true);
        std::map<std::string, std::map<Verdict, int>> by_who;
        for (const auto& hit : hits)
            if (hit.request->is_click) ++by_who[hit.request->who][hit.score.by];
        std::cout << fmt::format("seed {}: {} clicks; machine clicks: precision {:.4f}, recall {:.4f}\n", seed,
                                 clicks.true_positive + clicks.false_positive + clicks.missed, clicks.precision(),
                                 clicks.recall());
        if (seed == 1)
            for (auto& [who, verdicts] : by_who)
                std::cout << fmt::format("  {:14} human {:6} unknown {:6} machine {:6}\n", who,
                                         verdicts[Verdict::human], verdicts[Verdict::unknown],
                                         verdicts[Verdict::machine]);
        EXPECT_GE(clicks.precision(), 0.99);
        EXPECT_GE(clicks.recall(), 0.95);
        EXPECT_GT(clicks.true_positive, 10'000);
    }
}

TEST(Corpus, opens_by_privacy_proxies_are_machines_and_gmail_s_are_people) {
    const auto corpus = make_corpus(4, 20'000);
    const auto opens = tabulate(judge(corpus), false);
    std::cout << fmt::format("machine opens: precision {:.4f}, recall {:.4f}\n", opens.precision(), opens.recall());
    EXPECT_GE(opens.precision(), 0.99);
    EXPECT_GE(opens.recall(), 0.95);
}

TEST(Corpus, what_is_kept_of_the_hits_scores_the_same_again) {
    const auto corpus = make_corpus(5, 2'000);
    const auto hits = judge(corpus);
    std::vector<KeptHit> kept;
    for (const auto& hit : hits)
        kept.push_back({static_cast<std::int64_t>(kept.size()), encode(hit.features), hit.score.by});
    const auto again = rescore(kept);
    EXPECT_TRUE(again.changes.empty());
    EXPECT_EQ(again.unreadable, 0U);
}

}  // namespace
}  // namespace chapar::engage
