#pragma once
// Reports, matched and applied: what they do to a part, to the message, to the feed. The first final word stands.
// Writer's thread only; failures are the connection's fault.

#include "store/sqlite/feed.hpp"
#include "store/sqlite/life.hpp"
#include "store/sqlite/people.hpp"
#include "store/sqlite/segments.hpp"
#include "store/sqlite/strays.hpp"

namespace chapar::store::sqlite {

class Receipts {
  public:
    Receipts(Connection& connection, Life& life, People& people, Segments& segments, Strays& strays, Feed& feed,
             const Clock& clock);

    Reported report(const model::Report& report);
    /// An attempt has an outcome: what is tracked is remembered, and what came before it is applied.
    void settled(const Settlement& settlement);

  private:
    struct Owner {
        MessageId id;
        std::string application, recipient;
        std::vector<model::PlanStep> plan;
        Timestamp expires_at{};
    };
    struct Target {
        Owner owner;
        int number = 0;
        std::optional<Segment> segment;
        model::Progress progress;
    };
    std::optional<Owner> owner(MessageKey key);
    std::optional<Target> target(MessageKey key, int number);
    std::optional<Target> match(const model::Report& report);
    std::optional<Target> match_id(const model::Report& report);
    /// The attempt went by the route that the report came by. One whose route is lost to damage may have.
    bool is_of_route(MessageKey key, int number, const std::string& route);

    Reported from_person(const model::Report& report);
    Reported not_found(const model::Report& report);
    Reported apply(const model::Report& report, Target& target);
    void bill(const model::Report& report, const Target& target);
    /// Nothing: the part had no final word before, and has this one now.
    std::optional<model::Effect> judge(const model::Report& report, Segment& segment, bool delivered);
    /// The message's own word, once all its parts have theirs.
    std::optional<model::Report> whole(const model::Report& report, const Target& target);
    model::Effect move(const model::Report& report, const Target& target, bool is_fresh);
    /// What came back goes on to the plan's next channel, if there is one and time for it; else the word's own event.
    Transition change(const model::Report& report, const Target& target) const;
    /// No more advertising goes where the operator stops it: to the message's own address, as the provider may write it
    /// in another form.
    void remember_block(const model::Report& report, const Target* target);
    std::string channel_of(const model::Report& report, const Target& target);
    void note(const model::Report& report, const Target& target, model::Effect effect, const Segment* part,
              std::optional<model::State> state = std::nullopt);

    void learn(const Settlement& settlement);
    void take_strays(const Settlement& settlement);
    std::vector<model::Report> strays_of(const Tracked& tracked, std::string_view id);

    Life& life_;
    People& people_;
    Segments& segments_;
    Strays& strays_;
    Feed& feed_;
    const Clock& clock_;
    Statement owner_, ids_;
};

}  // namespace chapar::store::sqlite
