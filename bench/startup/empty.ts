/** What Node itself takes, with a module that does nothing. */
export {};
