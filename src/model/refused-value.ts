/**
 * A graph that was made here names a node so, followed by the reason (and `~` and a number, so that names differ), which fails where the model gives no answer for a
 * value: whoever runs it can tell the client what is wrong with the request. It holds no apostrophe, which would end the
 * name in the runtime's message.
 */
export const REFUSAL = 'refused: ';
