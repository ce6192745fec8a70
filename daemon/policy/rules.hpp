#pragma once
// One configuration's rules, made ready: what each class obeys is worked out once. Immutable; any thread.

#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "config/settings.hpp"
#include "policy/decide.hpp"
#include "policy/holidays.hpp"
#include "policy/zones.hpp"

namespace chapar::policy {

struct TextHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
};
template <class T>
using ByName = std::unordered_map<std::string, T, TextHash, std::equal_to<>>;

struct Cap {
    config::CapSettings set;
    std::int64_t limit = 0;      // messages, segments, or millionths of the currency
    const Zone* zone = nullptr;  // calendar windows in a fixed zone; nullptr: the person's
    /// Whether past uses matter at all.
    bool reads() const { return !set.never; }
};

struct ZoneSource {
    enum class Kind : std::uint8_t { device, person, country, application, site, fixed } kind = Kind::site;
    const Zone* zone = nullptr;  // fixed
};

struct Quiet {
    config::QuietSettings set;
    std::vector<ZoneSource> chain;
    std::shared_ptr<const Holidays> holidays;
};

/// What is asked of a class.
struct ClassPlan {
    config::ClassSettings cls;
    bool is_otp = false;
    std::vector<const Cap*> binding;   // the caps that it obeys
    std::vector<const Cap*> counting;  // the caps that its messages count for
    std::vector<const Quiet*> quiet;   // the quiet rules that it obeys
    bool obeys_quiet = false;          // the windows in `quiet`, and the person's own schedule
};

class RuleSet final : public Rules {
  public:
    explicit RuleSet(const config::Settings& settings);
    std::optional<Milliseconds> history() const override;
    bool is_empty() const override { return caps_.empty() && quiet_.empty(); }

    const ClassPlan& plan_of(std::string_view class_name) const;
    /// The priority of a class; one that is gone ranks as normal.
    config::Priority priority_of(std::string_view class_name) const { return plan_of(class_name).cls.priority; }
    const Zone* zone_of_application(std::string_view application) const;

    /// Some cap asks about this tag.
    bool is_counted_tag(std::string_view tag) const { return counted_tags_.contains(tag); }

    /// The category goes only to who chose it.
    bool is_chosen_only(std::string_view category) const { return chosen_only_.contains(category); }

    bool site_wide = false;
    const Zone* site = nullptr;
    std::vector<ZoneSource> cap_chain, own_chain;

  private:
    friend Result<std::shared_ptr<const Rules>> compile(const config::Settings& settings);
    ClassPlan make_plan(const config::ClassSettings& cls) const;

    std::vector<std::unique_ptr<const Cap>> caps_;
    std::set<std::string, std::less<>> counted_tags_, chosen_only_;
    std::vector<std::unique_ptr<const Quiet>> quiet_;
    ByName<ClassPlan> plans_;
    ClassPlan unknown_;  // a class that a reload took away
    ByName<const Zone*> application_zones_;
};

}  // namespace chapar::policy
