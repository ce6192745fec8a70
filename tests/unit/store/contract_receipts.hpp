#pragma once
// A store with messages that have left, and what providers report of them.

#include "contract.hpp"

namespace chapar::store {

/// Of one route, "op".
class ReceiptContract : public Contract {
  protected:
    static constexpr const char* person = "+989120000000";  // as Driver::make has it

    void lease(MessageId id, int number, const std::string& route = "op") {
        const auto answers = wait_for<std::vector<model::Leased>>(
            [&](auto done) { store->lease({{id.key(), number, "sms", route, clock.now()}}, nullptr, done); });
        ASSERT_TRUE(answers && answers->front().granted);
    }
    bool settle(MessageId id, int number, const std::string& ids, model::Event event = model::Event::attempt_accepted,
                model::Verdict verdict = model::Verdict::accepted, const std::string& route = "op") {
        Settlement settlement;
        settlement.key = id.key();
        settlement.number = number;
        settlement.event = event;
        settlement.outcome.verdict = verdict;
        settlement.outcome.provider_id = ids;
        settlement.at = settlement.due = clock.now();
        settlement.step = store->find(id)->progress.step;
        settlement.tracked = Tracked{route, person};
        settlement.orphan_of = orphan_owner(*store, id.key());
        const auto flags = wait_for<std::vector<bool>>([&](auto done) { store->settle({settlement}, done); });
        return flags && flags->front();
    }
    /// Of one channel: there is nothing to fall back to.
    NewMessage single(const std::string& application = "shop") {
        auto item = driver.make(application);
        item.message.plan = {{"sms", person, "", "", ""}};
        return item;
    }
    MessageId sent(const std::string& ids, const std::string& application = "shop") {
        return sent(ids, single(application));
    }
    MessageId sent(const std::string& ids, NewMessage item) {
        const auto id = driver.accept_one(*store, std::move(item));
        lease(id, 1);
        EXPECT_TRUE(settle(id, 1, ids));
        return id;
    }
    static model::Report report(model::Word word, const std::string& id) {
        model::Report out;
        out.route = "op";
        out.channel = "sms";
        out.provider_id = id;
        out.word = word;
        out.kind = word == model::Word::delivered ? "delivered" : "failed";
        if (word == model::Word::part_delivered) out.kind = "segment_delivered";
        if (word == model::Word::part_failed) out.kind = "segment_failed";
        out.address = person;
        out.code = out.kind == "delivered" ? "DELIVRD" : "UNDELIV";
        out.at = from_ms(1'790'000'000'500);
        return out;
    }
    static model::Report named(model::Word word, MessageId id, int number, const std::string& provider_id = "") {
        auto out = report(word, provider_id);
        out.attempt = AttemptId{id, number};
        return out;
    }
    model::Effect tell(const model::Report& report) {
        const auto done = wait_for<Reported>([&](auto told) { store->report(report, told); });
        EXPECT_TRUE(done.has_value());
        return done ? done->effect : model::Effect::unknown;
    }
    static FeedFilter meant(const std::string& application, std::vector<std::string> of_kinds = {},
                            const std::string& campaign = "") {
        FeedFilter out;
        out.application = application;
        out.kinds = std::move(of_kinds);
        out.campaign = campaign;
        return out;
    }
    /// What was reported; without the changes of state that came of something else.
    std::vector<model::FeedEntry> feed(const std::string& application = "") {
        const auto page = store->feed(meant(application), {}, 1'000);
        EXPECT_TRUE(page.has_value());
        auto out = page ? page->entries : std::vector<model::FeedEntry>{};
        std::erase_if(out, [](const auto& entry) { return !entry.reason.empty(); });
        return out;
    }
    /// "sent/sent": kind and reason of each change of state, and the kind of each report.
    std::vector<std::string> told(const FeedFilter& filter = {}) {
        std::vector<std::string> out;
        const auto page = store->feed(filter, {}, 1'000);
        for (const auto& entry : page ? page->entries : std::vector<model::FeedEntry>{})
            out.push_back(entry.kind + "/" + entry.reason);
        return out;
    }
    std::vector<std::string> kinds() {
        std::vector<std::string> out;
        for (const auto& entry : feed())
            out.push_back(entry.kind + "/" + std::string(model::name(entry.effect)));
        return out;
    }
    using Kinds = std::vector<std::string>;
};

}  // namespace chapar::store
