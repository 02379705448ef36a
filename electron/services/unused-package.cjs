// Takes the place of packages that are loaded and never used.
module.exports = {};
