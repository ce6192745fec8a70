#pragma once
// `item[property]` as array filters ask for it. Internal to the library.

#include "render/liquid/context.hpp"

namespace chapar::liquid {

/// What `item[property]` comes to.
enum class Access {
    value,
    not_indexable,  // nil, a float, true: there is no [] to ask
    type_error,     // a string key for a number, and the like
};

bool indexable(Value v);
Access access(Context& context, Value item, Value property, Value& out);

}  // namespace chapar::liquid
