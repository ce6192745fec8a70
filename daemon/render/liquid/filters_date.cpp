#include "render/liquid/filters.hpp"
namespace chapar::liquid::filters {
Value date(Call&, Value input) { return input; }
}  // namespace chapar::liquid::filters
