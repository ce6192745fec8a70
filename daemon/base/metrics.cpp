#include "base/metrics.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <mutex>
#include <stdexcept>
#include <variant>

namespace chapar::metrics {
namespace {

template <class T>
using Members = std::map<Labels, std::unique_ptr<T>>;

using Values = std::map<Labels, double>;

struct Family {
    std::string help;
    std::variant<Members<Counter>, Members<Gauge>, Members<Histogram>, Values> members;
};

bool is_name(std::string_view text) {
    if (text.empty() || (text.front() >= '0' && text.front() <= '9')) return false;
    return std::ranges::all_of(text, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
    });
}

/// HELP escapes backslash and newline; label values also the quote (exposition format 0.0.4).
std::string escaped(std::string_view text, bool quote) {
    std::string out;
    for (const char c : text) {
        if (c == '\\') {
            out += "\\\\";
        } else if (c == '\n') {
            out += "\\n";
        } else if (c == '"' && quote) {
            out += "\\\"";
        } else {
            out += c;
        }
    }
    return out;
}

std::string number(double value) {
    if (std::isnan(value)) return "NaN";
    if (std::isinf(value)) return value > 0 ? "+Inf" : "-Inf";
    return fmt::format("{}", value);
}

/// `le` empty: no such label.
std::string label_text(const Labels& labels, std::string_view le = {}) {
    std::string out;
    const auto add = [&](std::string_view name, std::string_view value) {
        out += fmt::format("{}{}=\"{}\"", out.empty() ? "" : ",", name, escaped(value, true));
    };
    for (const auto& [name, value] : labels)
        add(name, value);
    if (!le.empty()) add("le", le);
    return out.empty() ? out : "{" + out + "}";
}

void print(std::string& out, const std::string& name, const Labels& labels, const Counter& counter) {
    out += fmt::format("{}{} {}\n", name, label_text(labels), number(counter.value()));
}

void print(std::string& out, const std::string& name, const Labels& labels, const Gauge& gauge) {
    out += fmt::format("{}{} {}\n", name, label_text(labels), number(gauge.value()));
}

void print(std::string& out, const std::string& name, const Labels& labels, const Histogram& histogram) {
    std::uint64_t running = 0;
    const auto& bounds = histogram.bounds();
    for (std::size_t i = 0; i <= bounds.size(); ++i) {
        running += histogram.bucket(i);
        const auto le = i == bounds.size() ? "+Inf" : number(bounds[i]);
        out += fmt::format("{}_bucket{} {}\n", name, label_text(labels, le), running);
    }
    out += fmt::format("{}_sum{} {}\n", name, label_text(labels), number(histogram.sum()));
    out += fmt::format("{}_count{} {}\n", name, label_text(labels), running);
}

void print(std::string& out, const std::string& name, const Labels& labels, double value) {
    out += fmt::format("{}{} {}\n", name, label_text(labels), number(value));
}

template <class T>
const T& pointee(const std::unique_ptr<T>& value) {
    return *value;
}
double pointee(double value) { return value; }

std::string_view type_name(const Family& family) {
    constexpr std::string_view names[] = {"counter", "gauge", "histogram", "gauge"};
    return names[family.members.index()];
}

void check_names(std::string_view name, const Labels& labels) {
    if (!is_name(name)) throw std::logic_error(fmt::format("not a metric name: {}", name));
    for (const auto& [label, value] : labels) {
        if (!is_name(label) || label == "le") throw std::logic_error(fmt::format("not a label name: {}", label));
    }
}

}  // namespace

Histogram::Histogram(std::vector<double> bounds)
    : bounds_(std::move(bounds)), buckets_(std::make_unique<std::atomic<std::uint64_t>[]>(bounds_.size() + 1)) {
    if (std::ranges::adjacent_find(bounds_, std::greater_equal<>()) != bounds_.end()) {
        throw std::logic_error("histogram bounds must grow");
    }
}

void Histogram::observe(double value) {
    const auto place = std::ranges::lower_bound(bounds_, value) - bounds_.begin();
    buckets_[static_cast<std::size_t>(place)].fetch_add(1, std::memory_order_relaxed);
    sum_.fetch_add(value, std::memory_order_relaxed);
}

struct Registry::Impl {
    mutable std::mutex mutex;  // guards families
    std::map<std::string, Family, std::less<>> families;

    /// `made` joins the family unless the same labels are there already.
    template <class T>
    T& find_or_add(std::string_view name, std::string_view help, Labels labels, std::unique_ptr<T> made);
    /// The family's members, of this kind. With the mutex held.
    template <class M>
    M& members(std::string_view name, std::string_view help);
};

template <class M>
M& Registry::Impl::members(std::string_view name, std::string_view help) {
    auto [at, fresh] = families.try_emplace(fmt::format("chapar_{}", name));
    Family& family = at->second;
    if (fresh) family = Family{std::string(help), M()};
    auto* found = std::get_if<M>(&family.members);
    if (found == nullptr) throw std::logic_error(fmt::format("metric {} is a {} already", name, type_name(family)));
    return *found;
}

template <class T>
T& Registry::Impl::find_or_add(std::string_view name, std::string_view help, Labels labels, std::unique_ptr<T> made) {
    check_names(name, labels);
    std::ranges::sort(labels);
    const std::lock_guard lock(mutex);
    return *members<Members<T>>(name, help).try_emplace(std::move(labels), std::move(made)).first->second;
}

void Registry::replace(std::string_view name, std::string_view help, std::vector<std::pair<Labels, double>> members) {
    Values next;
    for (auto& [labels, value] : members) {
        check_names(name, labels);
        std::ranges::sort(labels);
        next.insert_or_assign(std::move(labels), value);
    }
    const std::lock_guard lock(impl_->mutex);
    impl_->members<Values>(name, help).swap(next);
}

Registry::Registry() : impl_(std::make_unique<Impl>()) {}
Registry::~Registry() = default;

Counter& Registry::counter(std::string_view name, std::string_view help, Labels labels) {
    return impl_->find_or_add(name, help, std::move(labels), std::make_unique<Counter>());
}

Gauge& Registry::gauge(std::string_view name, std::string_view help, Labels labels) {
    return impl_->find_or_add(name, help, std::move(labels), std::make_unique<Gauge>());
}

Histogram& Registry::histogram(std::string_view name, std::string_view help, std::vector<double> bounds,
                               Labels labels) {
    return impl_->find_or_add(name, help, std::move(labels), std::make_unique<Histogram>(std::move(bounds)));
}

std::string Registry::text() const {
    std::string out;
    const std::lock_guard lock(impl_->mutex);
    for (const auto& [name, family] : impl_->families) {
        out += fmt::format("# HELP {} {}\n# TYPE {} {}\n", name, escaped(family.help, false), name, type_name(family));
        std::visit(
            [&, &metric = name](const auto& members) {
                for (const auto& [labels, value] : members)
                    print(out, metric, labels, pointee(value));
            },
            family.members);
    }
    return out;
}

}  // namespace chapar::metrics
