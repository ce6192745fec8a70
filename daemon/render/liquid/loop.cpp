#include "render/liquid/loop.hpp"

#include <algorithm>

namespace chapar::liquid {

namespace {
Value whole(std::uint64_t n) { return Value::integer(static_cast<std::int64_t>(n)); }
}  // namespace

Value Loop::member(Context&, std::string_view key, bool& found) const {
    found = true;
    if (key == "index") return whole(index_ + 1);
    if (key == "index0") return whole(index_);
    if (key == "first") return Value::boolean(index_ == 0);
    if (key == "last") return Value::boolean(index_ + 1 == length_);
    if (key == "length") return whole(length_);
    if (key == "rindex") return whole(length_ - index_);
    if (key == "rindex0") return whole(length_ - index_ - 1);
    if (key == "name") return Value::string(label_);
    if (key == "parentloop") return parent_ == nullptr ? Value() : Value::object(parent_);
    found = false;
    return Value();
}

Value TableLoop::member(Context&, std::string_view key, bool& found) const {
    found = true;
    if (key == "index") return whole(index_ + 1);
    if (key == "index0") return whole(index_);
    if (key == "first") return Value::boolean(index_ == 0);
    if (key == "last") return Value::boolean(index_ + 1 == length_);
    if (key == "length") return whole(length_);
    if (key == "rindex") return whole(length_ - index_);
    if (key == "rindex0") return whole(length_ - index_ - 1);
    if (key == "col") return Value::integer(col_);
    if (key == "col0") return Value::integer(col_ - 1);
    if (key == "row") return Value::integer(row_);
    if (key == "col_first") return Value::boolean(col_ == 1);
    if (key == "col_last") return Value::boolean(col_ == cols_);
    found = false;
    return Value();
}

void TableLoop::advance() {
    ++index_;
    if (col_ == cols_) {
        col_ = 1;
        ++row_;
    } else {
        ++col_;
    }
}

Value Self::member(Context& context, std::string_view key, bool& found) const {
    return context.find_in(*frame_, key, found);
}

Segment::Segment(Value collection, std::int64_t from, bool limited, std::int64_t to, bool reversed)
    : collection_(collection), reversed_(reversed) {
    std::uint64_t total = 0;
    switch (collection.type()) {
        case Type::string:
            size_ = collection.as_string().empty() ? 0 : 1;
            return;
        case Type::array:
            total = collection.as_array().size;
            break;
        case Type::hash:
            total = collection.as_hash().size;
            break;
        case Type::range:
            total = collection.as_range().size();
            break;
        case Type::nil:
        case Type::boolean:
        case Type::integer:
        case Type::real:
        case Type::big:
        case Type::object:
        case Type::blank:
        case Type::empty:
            return;
    }
    from_ = static_cast<std::uint64_t>(std::max<std::int64_t>(from, 0));
    auto end = limited ? std::min(total, static_cast<std::uint64_t>(std::max<std::int64_t>(to, 0))) : total;
    size_ = end > from_ ? end - from_ : 0;
}

Value Segment::at(Context& context, std::uint64_t turn) const {
    const auto i = from_ + (reversed_ ? size_ - 1 - turn : turn);
    if (collection_.is_array()) return collection_.as_array().items[i];
    if (collection_.type() == Type::range) {
        return Value::integer(static_cast<std::int64_t>(static_cast<std::uint64_t>(collection_.as_range().first) + i));
    }
    if (collection_.is_hash()) {
        const auto& member = collection_.as_hash().members[i];
        const Value pair[] = {Value::string(member.key), member.value};
        return context.array(pair);
    }
    return collection_;
}

}  // namespace chapar::liquid
